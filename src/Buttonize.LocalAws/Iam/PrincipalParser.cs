using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>Reads Principal and NotPrincipal of a trust policy ("AWS JSON policy elements: Principal").</summary>
internal static class PrincipalParser
{
    /// <param name="element">Principal or NotPrincipal.</param>
    public static IReadOnlyList<TrustedPrincipal> Parse(
        JsonElement json,
        string element,
        string where
    )
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            // IAM itself wants {"AWS": "*"} in a role and refuses this; whoever means it means everyone all the same.
            return json.GetString() == "*"
                ? [new TrustedPrincipal.Everyone()]
                : throw new DocumentRefusedException(
                    $"{where}: '{element}' must be \"*\" or an object."
                );
        }
        // Service, Federated and CanonicalUser are refused as unsupported members.
        var principal = new StrictObject(json, $"{where}: {element}", "AWS");
        return
        [
            .. StatementParser
                .Texts(principal.Required("AWS"), "AWS", principal)
                .Select(text =>
                    One(text)
                    ?? throw principal.Refused(
                        "AWS",
                        $"has '{text}', which is not \"*\", an account, a user, a role or a session"
                    )
                ),
        ];
    }

    private static TrustedPrincipal? One(string text)
    {
        if (text == "*")
        {
            return new TrustedPrincipal.Everyone();
        }
        if (Arn.IsAccountId(text))
        {
            return new TrustedPrincipal.Account(text);
        }
        if (RoleArn.TryParse(text) is { } role)
        {
            return new TrustedPrincipal.Role(role);
        }
        return PrincipalArn.TryParse(text) switch
        {
            null => null,
            { Kind: PrincipalKind.Root } root => new TrustedPrincipal.Account(root.AccountId),
            var identity => new TrustedPrincipal.Identity(identity),
        };
    }
}
