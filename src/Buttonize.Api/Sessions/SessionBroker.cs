using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Aws;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Sessions;

/// <summary>An issued session.</summary>
internal sealed record Session(
    SessionCredentials Credentials,
    string Region,
    string AccountId,
    string AssumedRoleArn,
    string SourceIdentity
);

/// <summary>What became of a request for a session.</summary>
internal abstract record SessionOutcome
{
    /// <summary>A session.</summary>
    public sealed record Issued(Session Session) : SessionOutcome;

    /// <summary>There is no such app, or not for this person: the same to them.</summary>
    public sealed record NoSuchApp : SessionOutcome;

    /// <summary>The role is not proven, so it is not used.</summary>
    public sealed record NotVerified(Verification Verification) : SessionOutcome;

    /// <summary>The app is suspended.</summary>
    public sealed record Suspended(Suspension Suspension) : SessionOutcome;

    /// <summary>STS gave none.</summary>
    public sealed record Refused(AssumeRoleOutcome.Refused By) : SessionOutcome;
}

/// <summary>The use flow: who is it, may they, which role, under which identity, and a session of STS.</summary>
internal sealed class SessionBroker(
    AccessReader access,
    ExternalIds externalIds,
    IRoleAssumer assumer
)
{
    /// <summary>Issues a session of an app's role to a person.</summary>
    /// <exception cref="Hosting.RefusedException">The person is a suspended member.</exception>
    /// <exception cref="Storage.StorageUnavailableException"/>
    public async Task<SessionOutcome> IssueAsync(
        Person person,
        OrganizationId organization,
        AppId appId,
        bool localDevelopment,
        CancellationToken cancellationToken
    )
    {
        var read = await access.ReadAsync(person.Id, organization, appId, cancellationToken);
        if (read is null || !AccessRules.MayUse(read.In, read.App))
        {
            return new SessionOutcome.NoSuchApp();
        }

        var app = read.App;
        if (app.Suspension is { } suspension)
        {
            return new SessionOutcome.Suspended(suspension);
        }

        if (app.Verification.Status != VerificationStatus.Verified)
        {
            return new SessionOutcome.NotVerified(app.Verification);
        }

        var role = app.Definition.ExecutionRoleArn;
        var command = new AssumeRoleCommand(
            role,
            await externalIds.OpenAsync(
                app.SealedExternalId,
                app.Organization,
                app.Id,
                cancellationToken
            ),
            SessionIdentity.For(person, app.Organization, app.Id, localDevelopment),
            SessionPolicy.Of(app.Definition)
        );
        return await assumer.AssumeAsync(command, cancellationToken) switch
        {
            AssumeRoleOutcome.Assumed assumed => new SessionOutcome.Issued(
                new Session(
                    assumed.Credentials,
                    app.Definition.Region,
                    role.AccountId,
                    assumed.AssumedRoleArn,
                    assumed.SourceIdentity
                )
            ),
            AssumeRoleOutcome.Refused refused => new SessionOutcome.Refused(refused),
            var other => throw new InvalidOperationException(
                $"Unknown outcome {other.GetType().Name}."
            ),
        };
    }
}
