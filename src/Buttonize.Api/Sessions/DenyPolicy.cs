using System.Text.Json.Serialization;

namespace Buttonize.Api.Sessions;

/// <summary>
/// An IAM policy that ends what one person can do with the sessions already handed out to them, for the customer to attach to their
/// roles. The source identity is on every request of those sessions, and of sessions that were chained from them. There is no
/// condition on time: a chained session is issued later than the one it comes from.
/// </summary>
internal sealed record DenyPolicy(
    [property: JsonPropertyName("Version")] string Version,
    [property: JsonPropertyName("Statement")] IReadOnlyList<DenyPolicy.DenyStatement> Statement
)
{
    /// <summary>The policy against a person. The type of an id keeps wildcards and variables out of the pattern.</summary>
    public static DenyPolicy Against(UserId user) =>
        new(
            "2012-10-17",
            [
                new DenyStatement(
                    "Deny",
                    "*",
                    "*",
                    new DenyCondition(
                        new SourceIdentityPattern($"{SessionIdentity.PrefixOf(user)}*")
                    )
                ),
            ]
        );

    /// <summary>Denies everything where the condition holds.</summary>
    internal sealed record DenyStatement(
        [property: JsonPropertyName("Effect")] string Effect,
        [property: JsonPropertyName("Action")] string Action,
        [property: JsonPropertyName("Resource")] string Resource,
        [property: JsonPropertyName("Condition")] DenyCondition Condition
    );

    /// <summary>Text compared with <c>*</c> and <c>?</c> as wildcards; letter case counts.</summary>
    internal sealed record DenyCondition(
        [property: JsonPropertyName("StringLike")] SourceIdentityPattern StringLike
    );

    /// <summary>Which source identities.</summary>
    internal sealed record SourceIdentityPattern(
        [property: JsonPropertyName("aws:SourceIdentity")] string Pattern
    );
}
