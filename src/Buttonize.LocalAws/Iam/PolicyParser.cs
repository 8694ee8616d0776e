using System.Text;
using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

internal enum PolicyKind
{
    Trust,
    Permission,

    /// <summary>Like a permission policy, but its ARNs have to be complete.</summary>
    Session,
}

/// <summary>
/// Reads the part of the policy language that is understood ("Grammar of the IAM JSON policy language") and refuses
/// the rest by name: an element that is skipped could turn a deny into an allow.
/// </summary>
internal static class PolicyParser
{
    /// <summary>The version with policy variables; the other one, and none at all, take them literally ("Version").</summary>
    private const string VersionWithVariables = "2012-10-17";

    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="DocumentRefusedException">Something in it is wrong or not supported.</exception>
    public static PolicyDocument ParseSessionPolicy(string text) =>
        Parse(
            StrictJson.Parse(Encoding.UTF8.GetBytes(text)),
            PolicyKind.Session,
            "Session policy",
            partition: ""
        );

    /// <param name="partition">The role's: principals of another one do not exist for it.</param>
    /// <exception cref="DocumentRefusedException">Something in it is wrong or not supported.</exception>
    public static PolicyDocument ParseTrust(JsonElement json, string partition, string where) =>
        Parse(json, PolicyKind.Trust, where, partition);

    /// <exception cref="DocumentRefusedException">Something in it is wrong or not supported.</exception>
    public static PolicyDocument ParsePermissions(JsonElement json, string where) =>
        Parse(json, PolicyKind.Permission, where, partition: "");

    private static PolicyDocument Parse(
        JsonElement json,
        PolicyKind kind,
        string where,
        string partition
    )
    {
        if (PathOfNull(json) is { } path)
        {
            throw new DocumentRefusedException(
                path.Length == 0
                    ? $"{where} must not be null."
                    : $"{where}: '{path}' must not be null."
            );
        }
        var document = new StrictObject(json, where, "Version", "Id", "Statement");
        document.OptionalText("Id");
        var version = document.OptionalText("Version");
        if (version is not (null or VersionWithVariables or "2008-10-17"))
        {
            throw document.Refused("Version", "must be 2012-10-17 or 2008-10-17");
        }
        var statement = document.Required("Statement");
        var list =
            statement.ValueKind == JsonValueKind.Array
                ? statement.EnumerateArray().ToArray()
                : [statement];
        if (list.Length == 0)
        {
            throw document.Refused("Statement", "must not be empty");
        }
        var statements = list.Select(
                (item, index) =>
                    new StatementParser(
                        kind,
                        partition,
                        version == VersionWithVariables,
                        $"{where}: statement {index + 1}"
                    ).Parse(item)
            )
            .ToArray();
        RefuseRepeatedSids(statements, where);
        return new PolicyDocument(statements);
    }

    /// <summary>
    /// Where the first null is, as in <c>Statement[0].Condition</c>; empty for the whole, null when there is none. No
    /// element of the grammar can be null, and one read as absent would grant without its condition.
    /// </summary>
    private static string? PathOfNull(JsonElement json, string path = "") =>
        json.ValueKind switch
        {
            JsonValueKind.Null => path,
            JsonValueKind.Object => json.EnumerateObject()
                .Select(member =>
                    PathOfNull(
                        member.Value,
                        path.Length == 0 ? member.Name : $"{path}.{member.Name}"
                    )
                )
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => json.EnumerateArray()
                .Select((item, index) => PathOfNull(item, $"{path}[{index}]"))
                .FirstOrDefault(found => found is not null),
            _ => null,
        };

    private static void RefuseRepeatedSids(IEnumerable<Statement> statements, string where)
    {
        var repeated = statements
            .Where(statement => !string.IsNullOrEmpty(statement.Sid))
            .GroupBy(statement => statement.Sid)
            .FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null)
        {
            throw new DocumentRefusedException(
                $"{where}: Statement IDs (SID) in a single policy must be unique; '{repeated.Key}' is not."
            );
        }
    }
}
