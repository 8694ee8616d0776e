using System.CommandLine;
using Buttonize.Api.Apps;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Buttonize.Api.Trust;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Operator;

/// <summary><c>apps list | verify | suspend | resume</c>.</summary>
internal static class AppCommands
{
    private const string Missing = "There is no such app in this organization.";

    /// <summary>The noun with its verbs.</summary>
    public static Command Create(OperatorHost host) =>
        new(
            "apps",
            "Look at an organization's apps, check their roles, suspend them, and lift that."
        )
        {
            List(host),
            Verify(host),
            Suspend(host),
            Resume(host),
        };

    private static Command List(OperatorHost host)
    {
        var organization = OperatorArguments.Organization();
        var command = new Command(
            "list",
            """
            List an organization's apps with their roles and what the checks of these found.

            Example:
              Buttonize.Api apps list V1StGXR8_Z5jdHi6B-myT --json
            """
        )
        {
            organization,
        };
        host.Does(
            command,
            async (session, cancellationToken) =>
            {
                var id = session.Arguments.GetValue(organization);
                if (!await session.HasOrganizationAsync(id, cancellationToken))
                {
                    return session.Terminal.NoOrganization();
                }

                var store = session.Get<AppStore>();
                session.Terminal.List(
                    await OperatorSession
                        .AllAsync(page => store.ListAsync(id, page, _ => true, cancellationToken))
                        .Select(AppResponse.Of)
                        .ToListAsync(cancellationToken),
                    ("APP", a => a.AppId),
                    ("NAME", a => a.Name),
                    ("STAGE", a => a.Stage),
                    ("ROLE", a => a.ExecutionRoleArn),
                    ("VERIFICATION", a => a.Verification.Status),
                    ("SUSPENDED BY", a => a.Suspension?.By)
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Verify(OperatorHost host)
    {
        var (organization, app) = (OperatorArguments.Organization(), OperatorArguments.App());
        var command = new Command(
            "verify",
            """
            Check the trust policy of an app's role now, and write the verdict down, as the control plane does. It is done (0) whatever was found.
            The role is assumed with your AWS credentials: they have to be the control plane's own, or of its account with the same permissions,
            where no trust policy names more than the account. Credentials that may not assume it look like a role that refuses, and that is
            written down.

            Example:
              Buttonize.Api apps verify V1StGXR8_Z5jdHi6B-myT 5n8Qm2_rTxYz0aBcDeFgH
            """
        )
        {
            organization,
            app,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                VerifyAsync(
                    session,
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(app),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> VerifyAsync(
        OperatorSession session,
        OrganizationId organization,
        AppId app,
        CancellationToken cancellationToken
    )
    {
        // In another account every role would refuse, and the customer would be told so.
        var own = session.Get<IOptions<ButtonizeOptions>>().Value.AccountId;
        var yours = await session.Get<CallerAccount>().FindAsync(cancellationToken);
        if (yours != own)
        {
            return session.Terminal.End(
                ExitCode.Refused,
                yours is null
                    ? "AWS STS did not take your credentials, so nothing was checked."
                    : $"Your AWS credentials are of the account {yours}, and customers trust {own} (Buttonize:AccountId), so nothing was checked."
            );
        }

        if (
            await session.Get<AppVerifier>().VerifyAsync(organization, app, cancellationToken)
            is not { } verified
        )
        {
            return session.Terminal.End(ExitCode.NotFound, Missing);
        }

        session.Get<OperatorLog>().Note("apps verify", organization, app.Value);
        return Show(session, verified);
    }

    private static Command Suspend(OperatorHost host)
    {
        var (organization, app) = (OperatorArguments.Organization(), OperatorArguments.App());
        var reason = OperatorArguments.Reason();
        var command = new Command(
            "suspend",
            """
            Suspend an app: from the next call on, on every instance, no session of its role is issued. Only the operator lifts that.

            Example:
              Buttonize.Api apps suspend V1StGXR8_Z5jdHi6B-myT 5n8Qm2_rTxYz0aBcDeFgH --reason "Runs away; see incident 12"
            """
        )
        {
            organization,
            app,
            reason,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "apps suspend",
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(app),
                    session.Arguments.GetRequiredValue(reason),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Resume(OperatorHost host)
    {
        var (organization, app) = (OperatorArguments.Organization(), OperatorArguments.App());
        var command = new Command(
            "resume",
            """
            Lift the operator's suspension of an app; lifting what is not there succeeds. One by the organization's own people is theirs to lift (4).

            Example:
              Buttonize.Api apps resume V1StGXR8_Z5jdHi6B-myT 5n8Qm2_rTxYz0aBcDeFgH
            """
        )
        {
            organization,
            app,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "apps resume",
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(app),
                    reason: null,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> ChangeAsync(
        OperatorSession session,
        string change,
        OrganizationId organization,
        AppId app,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        switch (
            await session
                .Get<OperatorSuspensions>()
                .OfAppAsync(organization, app, reason, cancellationToken)
        )
        {
            case OperatorOutcome<App>.Done { Value: var changed }:
                session.Get<OperatorLog>().Note(change, organization, app.Value);
                return Show(session, changed);
            case OperatorOutcome<App>.Refused { Why: var why }:
                return session.Terminal.End(ExitCode.Refused, why);
            default:
                return session.Terminal.End(ExitCode.NotFound, Missing);
        }
    }

    private static int Show(OperatorSession session, App app)
    {
        session.Terminal.Show(
            AppResponse.Of(app),
            [
                ("app", app.Id),
                ("name", app.Definition.Name),
                ("role", app.Definition.ExecutionRoleArn.Value),
                ("verification", app.Verification.Status.Wire()),
                .. app.Verification.Checks.Select(check =>
                    (
                        $"  {check.Name}",
                        (object?)
                            $"{(check.Passed switch { true => "passed", false => "FAILED", null => "inconclusive" })}: {check.Detail}"
                    )
                ),
                ("suspended", Terminal.Words(app.Suspension)),
            ]
        );
        return ExitCode.Done;
    }
}
