using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;

namespace Buttonize.Api.Access;

/// <summary>Why a call on an organization is refused.</summary>
internal abstract record Refusal
{
    private Refusal() { }

    /// <summary>There is no such thing, or not for this caller: the same to them.</summary>
    public sealed record NotFound : Refusal;

    /// <summary>The caller's membership is suspended.</summary>
    public sealed record MemberSuspended(string Reason) : Refusal;

    /// <summary>The whole organization is suspended, by the operator.</summary>
    public sealed record OrganizationSuspended(string Reason) : Refusal;

    /// <summary>It is a suspension by the operator, which nobody else replaces or lifts.</summary>
    public sealed record OperatorOnly : Refusal;

    /// <summary>The caller is suspended in an organization, which a call about none of them would escape.</summary>
    public sealed record SuspendedSomewhere(OrganizationId Organization, string Reason) : Refusal;

    /// <summary>The caller lacks permissions.</summary>
    public sealed record Lacks(Permission Permissions) : Refusal;

    /// <summary>Only the owner may.</summary>
    public sealed record OwnerOnly : Refusal;

    /// <summary>It is the owner whom it is about.</summary>
    public sealed record OwnerUntouchable : Refusal;

    /// <summary>The caller would give more than they have.</summary>
    /// <param name="Lacking">What they lack, in words.</param>
    public sealed record BeyondOwnRights(IReadOnlyList<string> Lacking) : Refusal;

    /// <summary>It has changed since the caller read it.</summary>
    public sealed record Stale : Refusal;

    /// <summary>Another group has the name.</summary>
    public sealed record NameTaken : Refusal;

    /// <summary>It is one of the groups that every organization has.</summary>
    public sealed record DefaultGroup : Refusal;

    /// <summary>A member of the body names what is not there, or not fit for it.</summary>
    public sealed record Invalid(string Member, string Message) : Refusal;

    /// <summary>The organization still has apps.</summary>
    public sealed record NotEmpty : Refusal;

    /// <summary>The caller has no e-mail address that counts as verified.</summary>
    public sealed record EmailNotVerified : Refusal;

    /// <summary>The caller owns organizations, which would be without an owner.</summary>
    public sealed record OwnsOrganizations : Refusal;

    /// <summary>The caller was erased, and is nobody until they sign in anew.</summary>
    public sealed record PersonErased : Refusal;

    /// <summary>Whoever made the invitation may not give its groups any more, or the invited went, or was assigned groups, since.</summary>
    public sealed record InvitationVoid : Refusal;

    /// <summary>A limit is reached.</summary>
    public sealed record Limited(LimitReached Reached) : Refusal;

    /// <summary>The refusal as the caller sees it.</summary>
    public Problem ToProblem() =>
        this switch
        {
            NotFound => Problems.NotFound(),
            MemberSuspended { Reason: var reason } => Problems.MemberSuspended(reason),
            OrganizationSuspended { Reason: var reason } => Problems.OrganizationSuspended(reason),
            OperatorOnly => Problems.OperatorOnly(),
            SuspendedSomewhere { Organization: var where, Reason: var reason } =>
                Problems.SuspendedSomewhere(where, reason),
            Lacks { Permissions: var permissions } => Problems.Forbidden(permissions),
            OwnerOnly => Problems.OwnerOnly(),
            OwnerUntouchable => Problems.OwnerUntouchable(),
            BeyondOwnRights { Lacking: var lacking } => Problems.BeyondOwnRights(lacking),
            Stale => Problems.VersionMismatch(),
            NameTaken => Problems.NameTaken(),
            DefaultGroup => Problems.DefaultGroup(),
            Invalid { Member: var member, Message: var message } => Problems.ValidationFailed(
                member,
                message
            ),
            NotEmpty => Problems.OrganizationNotEmpty(),
            EmailNotVerified => Problems.EmailNotVerified(),
            OwnsOrganizations => Problems.OwnsOrganizations(),
            PersonErased => Problems.PersonErased(),
            InvitationVoid => Problems.InvitationVoid(),
            Limited { Reached: var reached } => Problems.RateLimited(reached),
            _ => Problems.Internal(),
        };
}

/// <summary>What became of a change: what it made, or why it was refused.</summary>
internal sealed record Outcome<T>
{
    private Outcome(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    /// <summary>What there is now; only where nothing was refused.</summary>
    public T? Value { get; }

    /// <summary>Why it was refused; null where it was not.</summary>
    public Refusal? Refusal { get; }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
