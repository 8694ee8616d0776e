using System.CommandLine;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;

namespace Buttonize.Api.Operator;

/// <summary><c>organizations show | suspend | resume</c>.</summary>
internal static class OrganizationCommands
{
    /// <summary>The noun with its verbs.</summary>
    public static Command Create(OperatorHost host) =>
        new("organizations", "Look at organizations, suspend them, and lift that.")
        {
            Show(host),
            Suspend(host),
            Resume(host),
        };

    private static Command Show(OperatorHost host)
    {
        var id = OperatorArguments.Organization();
        var command = new Command(
            "show",
            """
            Show an organization: its name, owner, suspension and number of apps.

            Example:
              Buttonize.Api organizations show V1StGXR8_Z5jdHi6B-myT
            """
        )
        {
            id,
        };
        host.Does(
            command,
            async (session, cancellationToken) =>
                await session
                    .Get<OrganizationDirectory>()
                    .FindAsync(session.Arguments.GetValue(id), cancellationToken)
                    is { } organization
                    ? await ShowAsync(session, organization, cancellationToken)
                    : session.Terminal.NoOrganization()
        );
        return command;
    }

    private static Command Suspend(OperatorHost host)
    {
        var id = OperatorArguments.Organization();
        var reason = OperatorArguments.Reason();
        var command = new Command(
            "suspend",
            """
            Suspend an organization. From the next call on, on every instance, nobody in it gets credentials or anything else, its owner included,
            and its API keys register, replace and delete nothing. Sessions that are out end within 15 minutes. A new reason takes the place of an
            older one.

            Example:
              Buttonize.Api organizations suspend V1StGXR8_Z5jdHi6B-myT --reason "Abuse report 4711; write to support@example.com"
            """
        )
        {
            id,
            reason,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "organizations suspend",
                    session.Arguments.GetValue(id),
                    session.Arguments.GetRequiredValue(reason),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Resume(OperatorHost host)
    {
        var id = OperatorArguments.Organization();
        var command = new Command(
            "resume",
            """
            Lift an organization's suspension; lifting what is not there succeeds.

            Example:
              Buttonize.Api organizations resume V1StGXR8_Z5jdHi6B-myT
            """
        )
        {
            id,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "organizations resume",
                    session.Arguments.GetValue(id),
                    reason: null,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> ChangeAsync(
        OperatorSession session,
        string change,
        OrganizationId id,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        var outcome = await session
            .Get<OperatorSuspensions>()
            .OfOrganizationAsync(id, reason, cancellationToken);
        if (outcome is not OperatorOutcome<Organization>.Done { Value: var organization })
        {
            return session.Terminal.NoOrganization();
        }

        session.Get<OperatorLog>().Note(change, id, id.Value);
        return await ShowAsync(session, organization, cancellationToken);
    }

    private static async Task<int> ShowAsync(
        OperatorSession session,
        Organization organization,
        CancellationToken cancellationToken
    )
    {
        var owner = await session
            .Get<MemberDirectory>()
            .FindNamedAsync(organization, organization.OwnerId, cancellationToken);
        var store = session.Get<AppStore>();
        var apps = await OperatorSession
            .AllAsync(page => store.ListAsync(organization.Id, page, _ => true, cancellationToken))
            .CountAsync(cancellationToken);
        session.Terminal.Show(
            new
            {
                organizationId = organization.Id.Value,
                organization.Name,
                ownerId = organization.OwnerId.Value,
                ownerName = owner?.UserName,
                ownerEmail = owner?.Email,
                organization.CreatedAt,
                apps,
                suspension = SuspensionResponse.Of(organization.Suspension),
            },
            ("organization", organization.Id),
            ("name", organization.Name),
            ("owner", $"{organization.OwnerId} ({owner?.UserName}, {owner?.Email ?? "no e-mail"})"),
            ("created", organization.CreatedAt),
            ("apps", apps),
            ("suspended", Terminal.Words(organization.Suspension))
        );
        return ExitCode.Done;
    }
}
