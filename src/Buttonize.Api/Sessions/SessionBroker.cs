using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Audit;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
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

    /// <summary>The person may not use the app, or not in this way.</summary>
    public sealed record NotAllowed(Refusal Refusal) : SessionOutcome;

    /// <summary>The role is not proven, so it is not used.</summary>
    public sealed record NotVerified(Verification Verification) : SessionOutcome;

    /// <summary>The app is suspended.</summary>
    public sealed record Suspended(Suspension Suspension) : SessionOutcome;

    /// <summary>STS gave none.</summary>
    public sealed record Refused(AssumeRoleOutcome.Refused By) : SessionOutcome;
}

/// <summary>
/// The use flow, for a person who may use the app: in which way, which role, under which identity, a session of STS, and its entry in the
/// ledger.
/// </summary>
internal sealed class SessionBroker(
    AccessAuthorization access,
    ExternalIds externalIds,
    RefusedRoles refusedRoles,
    IRoleAssumer assumer,
    Ledger ledger,
    TimeProvider time
)
{
    /// <summary>Issues a session of an app's role to a person.</summary>
    /// <param name="person">Whose session it is.</param>
    /// <param name="granted">The app that they may use, as it was granted to this call.</param>
    /// <param name="localDevelopment">Whether the session is marked as one of local development.</param>
    /// <param name="client">Where the call came from.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Storage.StorageUnavailableException">Also where the ledger's entry was not written: the session is lost then.</exception>
    public async Task<SessionOutcome> IssueAsync(
        Person person,
        AccessGrant granted,
        bool localDevelopment,
        ClientDetails client,
        CancellationToken cancellationToken
    )
    {
        var grant = await access.RefreshAsync(granted, cancellationToken);
        if (grant.Value is not { Standing.Rights: var rights, App: { } app })
        {
            return new SessionOutcome.NotAllowed(grant.Refusal!);
        }

        if (localDevelopment && !rights.Has(Permission.LiveLocalDevelopment))
        {
            return new SessionOutcome.NotAllowed(
                new Refusal.Lacks(Permission.LiveLocalDevelopment)
            );
        }

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
            app.Organization,
            person.Id,
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
        return await AssumeAsync(app, command, cancellationToken) switch
        {
            AssumeRoleOutcome.Assumed assumed => new SessionOutcome.Issued(
                await RecordAsync(assumed, person, app, localDevelopment, client, cancellationToken)
            ),
            AssumeRoleOutcome.Refused refused => new SessionOutcome.Refused(refused),
            var other => throw new InvalidOperationException(
                $"Unknown outcome {other.GetType().Name}."
            ),
        };
    }

    private async Task<AssumeRoleOutcome> AssumeAsync(
        App app,
        AssumeRoleCommand command,
        CancellationToken cancellationToken
    )
    {
        if (refusedRoles.Find(app, command) is { } known)
        {
            return known;
        }

        var outcome = await assumer.AssumeAsync(command, cancellationToken);
        if (outcome is AssumeRoleOutcome.Refused refused)
        {
            refusedRoles.Note(app, command, refused);
        }

        return outcome;
    }

    /// <summary>
    /// The session of what STS gave, and the only way to one: its entry is in the ledger first. Where that cannot be written, the credentials
    /// are dropped here, and nobody ever sees them.
    /// </summary>
    private async Task<Session> RecordAsync(
        AssumeRoleOutcome.Assumed assumed,
        Person person,
        App app,
        bool localDevelopment,
        ClientDetails client,
        CancellationToken cancellationToken
    )
    {
        var role = app.Definition.ExecutionRoleArn;
        await ledger.RecordAsync(
            new Issuance(
                IssuanceId.New(),
                app.Organization,
                time.GetUtcNow(),
                person.Id,
                TextRules.Printable(person.Name, Issuance.MaximumUserName),
                app.Id,
                role.Value,
                assumed.Credentials.AccessKeyId,
                assumed.AssumedRoleArn,
                assumed.AssumedRoleId,
                assumed.SourceIdentity,
                assumed.Credentials.Expiration,
                assumed.StsRequestId,
                app.Definition.Region,
                assumed.StsRegion,
                localDevelopment,
                client
            ),
            cancellationToken
        );
        return new Session(
            assumed.Credentials,
            app.Definition.Region,
            role.AccountId,
            assumed.AssumedRoleArn,
            assumed.SourceIdentity
        );
    }
}
