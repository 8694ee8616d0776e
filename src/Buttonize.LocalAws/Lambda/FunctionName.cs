using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Lambda;

/// <summary>The function that a call names: a name, a partial ARN (<c>account:function:name</c>) or a whole one.</summary>
/// <param name="Qualifier">A version or alias, also <c>$LATEST</c>; null when the call names none.</param>
internal sealed partial record FunctionName(
    string Partition,
    string Region,
    string AccountId,
    string Name,
    string? Qualifier
)
{
    public const string Pattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    public string UnqualifiedArn => $"arn:{Partition}:lambda:{Region}:{AccountId}:function:{Name}";

    /// <summary>What is authorized: a policy for the unqualified ARN does not cover a qualified call, and the reverse.</summary>
    public string Arn => Qualifier is null ? UnqualifiedArn : $"{UnqualifiedArn}:{Qualifier}";

    /// <summary>Whether there can be such a version here: only the newest one exists.</summary>
    public bool IsLatest => Qualifier is null or "$LATEST";

    /// <returns>Null when the text is not a function's name at all.</returns>
    public static FunctionName? TryParse(string text, Caller caller, string region)
    {
        if (TryParseArn(text) is { } arn)
        {
            return arn;
        }
        return Short().Match(text) is { Success: true } match
            ? new FunctionName(
                caller.Arn.Partition,
                region,
                Optional(match.Groups["account"]) ?? caller.AccountId,
                match.Groups["name"].Value,
                Optional(match.Groups["qualifier"])
            )
            : null;
    }

    public static FunctionName? TryParseArn(string text) =>
        Whole().Match(text) is { Success: true } match
            ? new FunctionName(
                match.Groups["partition"].Value,
                match.Groups["region"].Value,
                match.Groups["account"].Value,
                match.Groups["name"].Value,
                Optional(match.Groups["qualifier"])
            )
            : null;

    private static string? Optional(Group group) => group.Success ? group.Value : null;

    private const string NameAndQualifier =
        @"(?<name>[a-zA-Z0-9_-]{1,64})(:(?<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?\z";

    [GeneratedRegex(
        @"\Aarn:(?<partition>aws|aws-cn|aws-us-gov):lambda:(?<region>[a-z0-9-]+):(?<account>[0-9]{12}):function:"
            + NameAndQualifier,
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Whole();

    [GeneratedRegex(
        @"\A((?<account>[0-9]{12}):function:)?" + NameAndQualifier,
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Short();
}
