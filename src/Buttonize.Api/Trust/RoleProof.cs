using Buttonize.Api.Apps;

namespace Buttonize.Api.Trust;

/// <summary>
/// Decides whether a role's trust is proven: the one place where a registration or replacement gets its verdict. Until the control
/// plane probes trust policies itself, it takes every role as proven, and the verdict carries no checks; what it does hold back is a
/// role or an External ID that another organization holds, which <see cref="AppRegistry"/> treats like a role that refused.
/// </summary>
internal sealed class RoleProof(TimeProvider time)
{
    /// <summary>The verdict on <paramref name="role"/> under <paramref name="externalId"/>.</summary>
    public Task<Verification> ProveAsync(
        RoleArn role,
        ExternalId externalId,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Verification.Of(VerificationStatus.Verified, time.GetUtcNow()));
    }

    /// <summary>The verdict while AWS, or another organization's claim, refuses the role: it may yet be deployed or freed.</summary>
    public Verification Refused() => Verification.Of(VerificationStatus.Pending, time.GetUtcNow());
}
