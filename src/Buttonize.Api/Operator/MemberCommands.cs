using System.CommandLine;
using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Operator;

/// <summary><c>members suspend | resume</c>.</summary>
internal static class MemberCommands
{
    /// <summary>The noun with its verbs.</summary>
    public static Command Create(OperatorHost host) =>
        new("members", "Suspend members of an organization, and lift that.")
        {
            Suspend(host),
            Resume(host),
        };

    private static Command Suspend(OperatorHost host)
    {
        var (organization, user) = (OperatorArguments.Organization(), User());
        var reason = OperatorArguments.Reason();
        var command = new Command(
            "suspend",
            """
            Suspend a member: from the next call on, on every instance, they may do nothing in the organization. Only the operator lifts that. Prints
            the IAM policy with which the customer ends the sessions that the member still holds; repeating the command prints it again.

            Example:
              Buttonize.Api members suspend V1StGXR8_Z5jdHi6B-myT Qw3rTy_UiOp0aSdFgHjKl --reason "Account taken over"
            """
        )
        {
            organization,
            user,
            reason,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "members suspend",
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(user),
                    session.Arguments.GetRequiredValue(reason),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Resume(OperatorHost host)
    {
        var (organization, user) = (OperatorArguments.Organization(), User());
        var command = new Command(
            "resume",
            """
            Lift the operator's suspension of a member; lifting what is not there succeeds. One by the organization's own people is theirs to lift (4).

            Example:
              Buttonize.Api members resume V1StGXR8_Z5jdHi6B-myT Qw3rTy_UiOp0aSdFgHjKl
            """
        )
        {
            organization,
            user,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ChangeAsync(
                    session,
                    "members resume",
                    session.Arguments.GetValue(organization),
                    session.Arguments.GetValue(user),
                    reason: null,
                    cancellationToken
                )
        );
        return command;
    }

    private static Argument<UserId> User() =>
        OperatorArguments.Id<Person>("userId", "The member's user id.");

    private static async Task<int> ChangeAsync(
        OperatorSession session,
        string change,
        OrganizationId organization,
        UserId user,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        switch (
            await session
                .Get<OperatorSuspensions>()
                .OfMemberAsync(organization, user, reason, cancellationToken)
        )
        {
            case OperatorOutcome<Member>.Done { Value: var member }:
                session.Get<OperatorLog>().Note(change, organization, user.Value);
                Show(session, member);
                return ExitCode.Done;
            case OperatorOutcome<Member>.Refused { Why: var why }:
                return session.Terminal.End(ExitCode.Refused, why);
            default:
                return session.Terminal.End(
                    ExitCode.NotFound,
                    "There is no such member in this organization."
                );
        }
    }

    private static void Show(OperatorSession session, Member member)
    {
        var denyPolicy = member.Suspension is null ? null : DenyPolicy.Against(member.Id);
        session.Terminal.Show(
            new
            {
                userId = member.Id.Value,
                suspension = SuspensionResponse.Of(member.Suspension),
                denyPolicy,
            },
            ("member", member.Id),
            ("suspended", Terminal.Words(member.Suspension))
        );
        if (denyPolicy is not null)
        {
            session.Terminal.Paste(denyPolicy);
        }
    }
}
