using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// The function that a call names: a name, a partial ARN (<c>account:function:name</c>, and either part of its prefix
/// alone) or a whole one, each with a version or alias at its end or without ("Invoke", FunctionName).
/// </summary>
/// <param name="Qualifier">A version or alias, also <c>$LATEST</c>; null when the call names none.</param>
internal sealed partial record FunctionName(
    string Partition,
    string Region,
    string AccountId,
    string Name,
    string? Qualifier
)
{
    /// <summary>The version that an unqualified name stands for.</summary>
    public const string Latest = "$LATEST";

    /// <summary>Characters of the whole text (NamespacedFunctionName in Lambda's API model).</summary>
    public const int MaxLength = 256;

    /// <summary>Characters of a name alone ("Invoke", FunctionName).</summary>
    public const int MaxNameLength = 64;

    /// <summary>Characters of a version or alias (Qualifier and Alias in Lambda's API model).</summary>
    public const int MaxQualifierLength = 128;

    /// <summary>NamespacedFunctionName in Lambda's API model, as its error message repeats it.</summary>
    public const string Pattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

    /// <summary>NumericLatestPublishedOrAliasQualifier in Lambda's API model.</summary>
    public const string QualifierPattern = @"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";

    public string UnqualifiedArn => $"arn:{Partition}:lambda:{Region}:{AccountId}:function:{Name}";

    /// <summary>
    /// What is authorized: a policy for the unqualified ARN does not cover a qualified call, and the reverse
    /// ("Fine-tuning the Resources and Conditions sections of policies").
    /// </summary>
    public string Arn => Qualifier is null ? UnqualifiedArn : $"{UnqualifiedArn}:{Qualifier}";

    /// <summary>What it is found by: no qualifier means <see cref="Latest"/>.</summary>
    public FunctionName Qualified => this with { Qualifier = Qualifier ?? Latest };

    public static bool IsWellFormed(string text) => Model().IsMatch(text);

    public static bool IsQualifier(string text) => QualifierModel().IsMatch(text);

    /// <summary>Versions are numbered from 1 (PublishVersion).</summary>
    public static bool IsVersion(string qualifier) =>
        qualifier == Latest || VersionNumber().IsMatch(qualifier);

    /// <returns>
    /// Null also for text that the model's pattern lets through and that is none of the documented forms, such as an ARN
    /// without an account.
    /// </returns>
    public static FunctionName? TryParse(string text, Caller caller, string region)
    {
        var match = Model().Match(text);
        if (!match.Success || match.Groups["arn"].Success != match.Groups["region"].Success)
        {
            return null;
        }
        return match.Groups["arn"].Success
            ? OfWholeArn(match)
            : new FunctionName(
                caller.Arn.Partition,
                region,
                Optional(match, "account") ?? caller.AccountId,
                match.Groups["name"].Value,
                Optional(match, "qualifier")
            );
    }

    /// <returns>The ARN of a function, version or alias that can exist here; null for all else.</returns>
    public static FunctionName? TryParseArn(string text) =>
        Model().Match(text) is { Success: true } match
        && match.Groups["arn"].Success
        && OfWholeArn(match) is { Partition: "aws" or "aws-cn" or "aws-us-gov" } name
        && name.Name.Length <= MaxNameLength
        && !name.Name.Contains('.', StringComparison.Ordinal)
        && name.Qualifier is null or { Length: <= MaxQualifierLength }
        && (name.Qualifier is null || IsVersion(name.Qualifier) || IsAlias(name.Qualifier))
            ? name
            : null;

    /// <summary>Letters, digits, underscores and hyphens, and not digits alone (Alias in Lambda's API model).</summary>
    private static bool IsAlias(string qualifier) =>
        !qualifier.StartsWith('$') && !qualifier.All(char.IsAsciiDigit);

    private static FunctionName? OfWholeArn(Match match) =>
        Optional(match, "partition") is { } partition
        && Optional(match, "region") is { } region
        && Optional(match, "account") is { } account
        && match.Groups["function"].Success
            ? new FunctionName(
                partition,
                region,
                account,
                match.Groups["name"].Value,
                Optional(match, "qualifier")
            )
            : null;

    private static string? Optional(Match match, string group) =>
        match.Groups[group] is { Success: true } found ? found.Value : null;

    /// <summary><see cref="Pattern"/>, anchored and in ASCII.</summary>
    [GeneratedRegex(
        @"\A(?<arn>arn:(?<partition>aws[a-zA-Z-]*)?:lambda:)?((?<region>[a-z]{2}((-gov)|(-iso[a-z]?))?-[a-z]+-[0-9]):)?"
            + @"((?<account>[0-9]{12}):)?(?<function>function:)?(?<name>[a-zA-Z0-9_.-]+)"
            + @"(:(?<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_-]+))?\z",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Model();

    /// <summary><see cref="QualifierPattern"/>, anchored.</summary>
    [GeneratedRegex(@"\A(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_$-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex QualifierModel();

    [GeneratedRegex(@"\A[1-9][0-9]*\z")]
    private static partial Regex VersionNumber();
}
