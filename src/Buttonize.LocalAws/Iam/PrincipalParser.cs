using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>Reads Principal and NotPrincipal of a trust policy ("AWS JSON policy elements: Principal").</summary>
internal static class PrincipalParser
{
    /// <param name="partition">Of the role that has the policy.</param>
    /// <param name="element">Principal or NotPrincipal.</param>
    public static IReadOnlyList<TrustedPrincipal> Parse(
        JsonElement json,
        string partition,
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
                    One(text, partition)
                    ?? throw principal.Refused(
                        "AWS",
                        $"has '{text}', which is not \"*\", an account, a user, a role or a session of the role's partition"
                    )
                ),
        ];
    }

    private static TrustedPrincipal? One(string text, string partition)
    {
        if (text == "*")
        {
            return new TrustedPrincipal.Everyone();
        }
        if (Arn.IsAccountId(text))
        {
            return new TrustedPrincipal.Account(text);
        }
        // A path could have these characters; in a principal IAM takes them for wildcards, which it refuses.
        if (text.AsSpan().ContainsAny('*', '?'))
        {
            return null;
        }
        if (RoleArn.TryParse(text) is { } role)
        {
            return role.Partition == partition ? new TrustedPrincipal.Role(role) : null;
        }
        return PrincipalArn.TryParse(text) switch
        {
            null => null,
            { } other when other.Partition != partition => null,
            { Kind: PrincipalKind.Root } root => new TrustedPrincipal.Account(root.AccountId),
            var identity => new TrustedPrincipal.Identity(identity),
        };
    }
}
