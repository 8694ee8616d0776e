using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Operator;

/// <summary>
/// Suspends organizations, apps and members on the operator's word, and lifts that. Whoever set a suspension lifts it: the operator's stay
/// until the operator lifts them, and those of an organization's people are not the operator's to touch.
/// </summary>
internal sealed class OperatorSuspensions(
    Table table,
    OrganizationDirectory organizations,
    MemberDirectory members,
    AppStore apps,
    ChangeRetries retries,
    TimeProvider time
)
{
    private const string OwnerStays =
        "The owner of an organization cannot be suspended in it; suspend the organization, or have it given to another member first.";

    private const string NotOurs =
        "The organization's own people have suspended this, so it is theirs to lift; suspend the organization where they must not.";

    /// <summary>Suspends an organization, or lifts that: nobody in it and none of its API keys gets anything from the next call on.</summary>
    /// <param name="id">The organization.</param>
    /// <param name="reason">Why, in the place of an older reason; null lifts the suspension.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<OperatorOutcome<Organization>> OfOrganizationAsync(
        OrganizationId id,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        var change = reason is null
            ? new Expression("REMOVE #suspension ADD #version :one", (":one", 1L))
            : new Expression(
                "SET #suspension = :suspension ADD #version :one",
                (":suspension", AppItems.Write(ByOperator(reason))),
                (":one", 1L)
            );
        return
            await table.UpdateAsync(
                Key.Organization(id),
                change,
                Organization.Exists,
                cancellationToken
            ) && await organizations.FindAsync(id, cancellationToken) is { } organization
            ? new OperatorOutcome<Organization>.Done(organization)
            : new OperatorOutcome<Organization>.Missing();
    }

    /// <summary>Suspends an app, or lifts that: no session of its role is issued from the next call on.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="reason">Why, in the place of an older reason; null lifts the suspension.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<OperatorOutcome<App>> OfAppAsync(
        OrganizationId organization,
        AppId id,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        var isTheirs = false;
        var outcome = await retries.RunAsync(
            organization,
            id,
            isExpected: _ => true,
            async app =>
            {
                isTheirs = app.Suspension is { IsByOperator: false };
                if (isTheirs || (app.Suspension is null && reason is null))
                {
                    return new ChangeOutcome.Changed(app);
                }

                var after = app with
                {
                    Suspension = reason is null ? null : ByOperator(reason),
                    UpdatedAt = time.GetUtcNow(),
                    Version = app.Version + 1,
                };
                return await apps.SaveAsync(app, after, [], cancellationToken) == SaveOutcome.Saved
                    ? new ChangeOutcome.Changed(after)
                    : null;
            },
            cancellationToken
        );
        return outcome is not ChangeOutcome.Changed { App: var changed }
                ? new OperatorOutcome<App>.Missing()
            : isTheirs ? new OperatorOutcome<App>.Refused(NotOurs)
            : new OperatorOutcome<App>.Done(changed);
    }

    /// <summary>Suspends a member, or lifts that: they may do nothing in the organization from the next call on.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="user">The member.</param>
    /// <param name="reason">Why, in the place of an older reason; null lifts the suspension.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<OperatorOutcome<Member>> OfMemberAsync(
        OrganizationId organization,
        UserId user,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            if (
                await organizations.FindAsync(organization, cancellationToken) is not { } there
                || await members.FindAsync(organization, user, cancellationToken) is not { } member
            )
            {
                return new OperatorOutcome<Member>.Missing();
            }

            if (AccessRules.DecideToShutOut(there, user) is not null)
            {
                return new OperatorOutcome<Member>.Refused(OwnerStays);
            }

            if (member.Suspension is { IsByOperator: false })
            {
                return new OperatorOutcome<Member>.Refused(NotOurs);
            }

            if (member.Suspension is null && reason is null)
            {
                return new OperatorOutcome<Member>.Done(member);
            }

            var after = member with { Suspension = reason is null ? null : ByOperator(reason) };
            var outcome = await table.WriteAsync(
                [
                    MemberItems.Replace(organization, member, after),
                    // Nobody may have become the owner meanwhile.
                    Write.Check(
                        Key.Organization(organization),
                        Organization.Exists.And(
                            new Expression("#ownerId = :ownerId", (":ownerId", there.OwnerId.Value))
                        )
                    ),
                ],
                cancellationToken
            );
            if (outcome.Committed)
            {
                return new OperatorOutcome<Member>.Done(after);
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    private Suspension ByOperator(string reason) => new(reason, time.GetUtcNow(), By: null);
}
