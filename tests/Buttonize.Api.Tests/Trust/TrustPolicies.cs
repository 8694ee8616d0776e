using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>Trust policies that leave a role open, each in its own way, and some that do not.</summary>
internal static class TrustPolicies
{
    private const string Root = "arn:aws:iam::" + LocalAwsClient.ControlPlaneAccount + ":root";

    /// <summary>Makes the policy of a role that has this External ID.</summary>
    public delegate object Of(string externalId);

    /// <summary>Allows tags and source identity, as every role has to.</summary>
    public static JsonNode TagsAndSourceIdentity { get; } =
        new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = Root },
            ["Action"] = new JsonArray("sts:TagSession", "sts:SetSourceIdentity"),
        };

    /// <summary>
    /// What leaves a role open, and whether AWS refuses it all the same without an External ID, and with a wrong one.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, (Of Policy, bool Without, bool Wrong)> Open =
        new Dictionary<string, (Of Policy, bool Without, bool Wrong)>(StringComparer.Ordinal)
        {
            ["no condition at all"] = (id => Policy(Allow()), false, false),
            ["an empty condition"] = (id => Policy(Allow("{}")), false, false),
            ["everyone, without condition"] = (id => Policy(Allow(principal: "*")), false, false),
            ["every account, without condition"] = (
                id => Policy(Allow(principal: new JsonObject { ["AWS"] = "*" })),
                false,
                false
            ),
            ["all of STS, without condition"] = (
                id => Policy(Allow(action: "sts:*")),
                false,
                false
            ),
            ["any External ID"] = (
                id => Policy(Allow("""{"StringLike":{"sts:ExternalId":"*"}}""")),
                true,
                false
            ),
            ["any External ID of some length"] = (
                id =>
                    Policy(Allow("""{"StringLike":{"sts:ExternalId":"????????????????????*"}}""")),
                true,
                false
            ),
            ["the External ID or any"] = (
                id => Policy(Allow($$$"""{"StringLike":{"sts:ExternalId":["{{{id}}}","*"]}}""")),
                true,
                false
            ),
            ["the External ID if there is one"] = (
                id =>
                    Policy(Allow($$$"""{"StringEqualsIfExists":{"sts:ExternalId":"{{{id}}}"}}""")),
                false,
                true
            ),
            ["any External ID or none"] = (
                id => Policy(Allow("""{"StringLikeIfExists":{"sts:ExternalId":"*"}}""")),
                false,
                false
            ),
            ["every External ID that there is"] = (
                id =>
                    Policy(
                        Allow($$$"""{"ForAllValues:StringEquals":{"sts:ExternalId":"{{{id}}}"}}""")
                    ),
                false,
                true
            ),
            ["a second statement without condition"] = (
                id => Policy(Guarded(id), Allow()),
                false,
                false
            ),
            ["a second statement for everyone"] = (
                id => Policy(Guarded(id), Allow(principal: "*")),
                false,
                false
            ),
            ["a second statement for every other External ID"] = (
                id =>
                    Policy(
                        Guarded(id),
                        Allow($$$"""{"StringNotEquals":{"sts:ExternalId":"{{{id}}}"}}""")
                    ),
                false,
                false
            ),
            ["every External ID but one"] = (
                id =>
                    Policy(
                        Allow("""{"StringNotEquals":{"sts:ExternalId":"another-one-0123456789"}}""")
                    ),
                false,
                false
            ),
            ["also where there is no External ID"] = (
                id => Policy(Guarded(id), Allow("""{"Null":{"sts:ExternalId":"true"}}""")),
                false,
                true
            ),
            ["wherever there is an External ID"] = (
                id => Policy(Allow("""{"Null":{"sts:ExternalId":"false"}}""")),
                true,
                false
            ),
            ["a condition on the account only"] = (
                id =>
                    Policy(
                        Allow(
                            $$$"""{"StringEquals":{"aws:PrincipalAccount":"{{{LocalAwsClient.ControlPlaneAccount}}}"}}""",
                            "*"
                        )
                    ),
                false,
                false
            ),
            ["a condition on the session name only"] = (
                id => Policy(Allow("""{"StringLike":{"sts:RoleSessionName":"btnz__*"}}""")),
                false,
                false
            ),
            ["a condition on the source identity only"] = (
                id => Policy(Allow("""{"StringLike":{"sts:SourceIdentity":"btnz__*"}}""")),
                false,
                false
            ),
            ["a condition on a tag only"] = (
                id =>
                    Policy(
                        Allow(
                            """{"StringEquals":{"aws:RequestTag/buttonize-local-development":"false"}}"""
                        )
                    ),
                false,
                false
            ),
        };

    /// <summary>What lets nobody in without the External ID, as far as anybody can tell from outside.</summary>
    public static readonly IReadOnlyDictionary<string, Of> Closed = new Dictionary<string, Of>(
        StringComparer.Ordinal
    )
    {
        ["as the constructs make it"] = id => Policy(Guarded(id)),
        ["one of several External IDs"] = id =>
            Policy(
                Allow(
                    $$$"""{"StringEquals":{"sts:ExternalId":["{{{id}}}","another-one-0123456789"]}}"""
                )
            ),
        ["one of several, by a set operator"] = id =>
            Policy(
                Allow(
                    $$$"""{"ForAnyValue:StringEquals":{"sts:ExternalId":["{{{id}}}","another-one-0123456789"]}}"""
                )
            ),
        ["a statement for each of several"] = id =>
            Policy(Guarded(id), Guarded("another-one-0123456789")),
        ["a pattern without wildcards"] = id =>
            Policy(Allow($$$"""{"StringLike":{"sts:ExternalId":"{{{id}}}"}}""")),
        ["everyone, under the External ID"] = id =>
            Policy(Allow($$$"""{"StringEquals":{"sts:ExternalId":"{{{id}}}"}}""", "*")),

        // It lets in more than the one External ID. A random one does not show that; to guess the others one has to know the pattern,
        // which the customer wrote.
        ["a pattern that random External IDs do not match"] = id =>
            Policy(Allow($$$"""{"StringLike":{"sts:ExternalId":"{{{id[..12]}}}*"}}""")),
        ["everything else denied"] = id =>
            Policy(
                Allow(),
                JsonNode.Parse(
                    $$$"""
                    {
                      "Effect": "Deny",
                      "Principal": "*",
                      "Action": "sts:AssumeRole",
                      "Condition": {"StringNotEquals": {"sts:ExternalId": "{{{id}}}"}}
                    }
                    """
                )!
            ),
    };

    /// <summary>A trust policy of these statements for <c>sts:AssumeRole</c>, with what every role needs besides.</summary>
    public static object Policy(params JsonNode[] statements) =>
        Whole([.. statements, TagsAndSourceIdentity]);

    /// <summary>A trust policy of these statements.</summary>
    public static object Whole(params JsonNode[] statements) =>
        new { Version = "2012-10-17", Statement = statements };

    /// <summary>Allows assuming the role under this External ID only.</summary>
    public static JsonNode Guarded(string externalId) =>
        Allow($$$"""{"StringEquals":{"sts:ExternalId":"{{{externalId}}}"}}""");

    /// <summary>Allows assuming the role.</summary>
    public static JsonNode Allow(
        string? condition = null,
        JsonNode? principal = null,
        string action = "sts:AssumeRole"
    )
    {
        var statement = new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = principal ?? new JsonObject { ["AWS"] = Root },
            ["Action"] = action,
        };
        if (condition is not null)
        {
            statement["Condition"] = JsonNode.Parse(condition);
        }

        return statement;
    }
}
