using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

internal static class Policies
{
    /// <summary>As a customer should write it: the External ID on AssumeRole, the other two on their own.</summary>
    public static JsonObject Trust() =>
        Document(
            Statement("Allow", "sts:AssumeRole", ExternalIdIs(LocalAws.ExternalId)),
            Statement("Allow", """["sts:TagSession", "sts:SetSourceIdentity"]""")
        );

    public static JsonObject AllowInvoke(string resource = LocalAws.FunctionArn) =>
        Permission("Allow", "lambda:InvokeFunction", resource);

    public static JsonObject Permission(string effect, string action, string resource) =>
        Document(
            new JsonObject
            {
                ["Effect"] = effect,
                ["Action"] = action,
                ["Resource"] = resource,
            }
        );

    public static string ExternalIdIs(string value, string @operator = "StringEquals") =>
        $$"""{ "{{@operator}}": { "sts:ExternalId": "{{value}}" } }""";

    /// <summary>A statement of a trust policy; the caller's account unless said otherwise.</summary>
    public static JsonObject Statement(
        string effect,
        string action,
        string? condition = null,
        string principal = $"arn:aws:iam::{LocalAws.CallerAccount}:root"
    )
    {
        var statement = new JsonObject
        {
            ["Effect"] = effect,
            ["Principal"] = new JsonObject { ["AWS"] = principal },
            ["Action"] = action.StartsWith('[') ? JsonNode.Parse(action) : action,
        };
        if (condition is not null)
        {
            statement["Condition"] = JsonNode.Parse(condition);
        }
        return statement;
    }

    public static JsonObject Document(params JsonObject[] statements) =>
        new() { ["Version"] = "2012-10-17", ["Statement"] = new JsonArray([.. statements]) };
}
