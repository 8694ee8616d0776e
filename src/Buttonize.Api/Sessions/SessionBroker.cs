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

    /// <summary>The person may not use the app, or not in this way.</summary>
    public sealed record NotAllowed(Refusal Refusal) : SessionOutcome;

    /// <summary>The role is not proven, so it is not used.</summary>
    public sealed record NotVerified(Verification Verification) : SessionOutcome;

    /// <summary>The app is suspended.</summary>
    public sealed record Suspended(Suspension Suspension) : SessionOutcome;

    /// <summary>STS gave none.</summary>
    public sealed record Refused(AssumeRoleOutcome.Refused By) : SessionOutcome;
}

/// <summary>The use flow, for a person who may use the app: in which way, which role, under which identity, and a session of STS.</summary>
internal sealed class SessionBroker(
    AccessAuthorization access,
    ExternalIds externalIds,
    RefusedRoles refusedRoles,
    IRoleAssumer assumer
)
{
    /// <summary>Issues a session of an app's role to a person.</summary>
    /// <param name="person">Whose session it is.</param>
    /// <param name="granted">The app that they may use, as it was granted to this call.</param>
    /// <param name="localDevelopment">Whether the session is marked as one of local development.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Storage.StorageUnavailableException"/>
    public async Task<SessionOutcome> IssueAsync(
        Person person,
        AccessGrant granted,
        bool localDevelopment,
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
}
