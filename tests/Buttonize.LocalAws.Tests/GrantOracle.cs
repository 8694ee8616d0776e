using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// What may have been granted at most, read from the documents by other means than the code under test. It knows effects,
/// principals, actions, denies without conditions and an External ID that was not sent; other conditions it takes for met.
/// </summary>
internal static class GrantOracle
{
    /// <summary>
    /// Whether a request may have been granted: for each of its actions there is an allow that names the caller and does not
    /// depend on an External ID that was not sent, and no deny without conditions that names the caller.
    /// </summary>
    public static bool MayAssume(string document, string request)
    {
        var root = JsonNode.Parse(document)!;
        var statements = root["Statement"] is JsonArray list
            ? [.. list]
            : new[] { root["Statement"] };
        var actions = new List<string> { "sts:AssumeRole" };
        if (request.Contains("tag:", StringComparison.Ordinal))
        {
            actions.Add("sts:TagSession");
        }
        if (request.Contains("SourceIdentity", StringComparison.Ordinal))
        {
            actions.Add("sts:SetSourceIdentity");
        }
        return actions.All(action =>
            statements.Any(s => Is(s!, "Allow", action) && !LacksExternalId(s!, action, request))
            && !statements.Any(s => Is(s!, "Deny", action) && s!["Condition"] is null)
        );
    }

    /// <summary>Some statement allows the call, conditions aside, and no deny without conditions is about all resources.</summary>
    public static bool MayInvoke(string document)
    {
        const string Action = "lambda:InvokeFunction";
        var root = JsonNode.Parse(document)!;
        var statements = root["Statement"] is JsonArray list
            ? [.. list]
            : new[] { root["Statement"] };
        return statements.Any(s => IsAbout(s!, "Allow", Action))
            && !statements.Any(s =>
                IsAbout(s!, "Deny", Action)
                && s!["Condition"] is null
                && s["Resource"] is { } resource
                && Texts(resource).Contains("*")
            );
    }

    private static bool IsAbout(JsonNode statement, string effect, string action) =>
        statement["Effect"]!.GetValue<string>() == effect
        && (
            statement["Action"] is { } listed
                ? Texts(listed).Any(pattern => IsLike(pattern, action))
                : !Texts(statement["NotAction"]!).Any(pattern => IsLike(pattern, action))
        );

    private static bool Is(JsonNode statement, string effect, string action) =>
        IsAbout(statement, effect, action)
        && statement["Principal"] is { } principal
        && NamesCaller(principal);

    /// <summary>StringEquals and StringLike on a key that the request, or the action, does not have.</summary>
    private static bool LacksExternalId(JsonNode statement, string action, string request) =>
        new[] { "StringEquals", "StringLike" }.Any(name =>
            statement["Condition"]?[name]?["sts:ExternalId"] is not null
        )
        && (
            action != "sts:AssumeRole" || !request.Contains("ExternalId", StringComparison.Ordinal)
        );

    private static bool NamesCaller(JsonNode principal) =>
        Texts(principal is JsonObject map ? map["AWS"]! : principal)
            .Any(text =>
                text
                    is "*"
                        or LocalAws.CallerAccount
                        or LocalAws.CallerArn
                        or $"arn:aws:iam::{LocalAws.CallerAccount}:root"
            );

    private static bool IsLike(string pattern, string action) =>
        Regex.IsMatch(
            action,
            $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
            RegexOptions.IgnoreCase
        );

    private static IEnumerable<string> Texts(JsonNode node) =>
        node is JsonArray list ? list.Select(item => item!.GetValue<string>())
        : node.GetValueKind() == JsonValueKind.String ? [node.GetValue<string>()]
        : [];
}
