using Buttonize.Api.Apps;
using Buttonize.Api.Sessions;
using FluentValidation;

namespace Buttonize.Api.Organizations;

/// <summary>The body of <c>PUT …/members/{userId}</c>: all the groups that the member is to be in.</summary>
internal sealed record MemberRequest(IReadOnlyList<string?>? Groups = null);

/// <summary>Checks <see cref="MemberRequest"/>.</summary>
internal sealed class MemberRequestValidator : AbstractValidator<MemberRequest>
{
    public MemberRequestValidator()
    {
        // Not optional here: a forgotten list would take everything from somebody.
        RuleFor(r => r.Groups)
            .NotNull()
            .WithMessage(
                "'groups' is required; send a list of group ids, [] for a member in no group."
            )
            .OfGroups("groups");
    }
}

/// <summary>Group ids in a body.</summary>
internal static class GroupIds
{
    /// <summary>The ids of a valid list; none where there is no list.</summary>
    public static IReadOnlyList<GroupId> Of(IReadOnlyList<string?>? ids) =>
        [.. ids?.OfType<string>().Select(GroupId.Parse) ?? []];

    /// <summary>A list of ids, not too many.</summary>
    public static IRuleBuilderOptions<T, IReadOnlyList<string?>?> OfGroups<T>(
        this IRuleBuilder<T, IReadOnlyList<string?>?> rule,
        string member
    ) =>
        rule.Must(ids => ids is null || ids.Count <= GroupGrants.Most)
            .WithMessage($"'{member}' must have at most {GroupGrants.Most} entries; take some out.")
            .Must(ids => ids is null || ids.All(id => GroupId.TryParse(id, out _)))
            .WithMessage($"'{member}' must be a list of group ids, as GET …/groups shows them.");
}

/// <summary>A member on the wire.</summary>
internal sealed record MemberResponse(
    string UserId,
    string UserName,
    string? Email,
    IReadOnlyList<string> Groups,
    SuspensionResponse? Suspension
)
{
    /// <summary>The member as they go over the wire.</summary>
    public static MemberResponse Of(NamedMember member) =>
        new(
            member.Member.Id.Value,
            member.UserName,
            member.Email,
            [.. member.Member.Groups.Select(g => g.Value)],
            SuspensionResponse.Of(member.Member.Suspension)
        );
}

/// <summary>A member who was suspended, on the wire.</summary>
/// <param name="DenyPolicy">An IAM policy for the roles whose sessions the member may still hold.</param>
internal sealed record SuspendedMemberResponse(
    string UserId,
    string UserName,
    string? Email,
    IReadOnlyList<string> Groups,
    SuspensionResponse? Suspension,
    DenyPolicy DenyPolicy
)
{
    /// <summary>The member as they go over the wire.</summary>
    public static SuspendedMemberResponse Of(NamedMember member)
    {
        var (userId, userName, email, groups, suspension) = MemberResponse.Of(member);
        return new(
            userId,
            userName,
            email,
            groups,
            suspension,
            DenyPolicy.Against(member.Member.Id)
        );
    }
}
