using System.Text.RegularExpressions;

namespace Buttonize.Api.Apps;

/// <summary>The parts that ARNs of roles and functions share.</summary>
internal static partial class ArnParts
{
    /// <summary>Whether this is a partition that there is an endpoint for.</summary>
    public static bool IsPartition(string text) => text is "aws" or "aws-cn" or "aws-us-gov";

    /// <summary>Whether this is an account id: 12 digits.</summary>
    public static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    /// <summary>Whether this has the form of a Region's name, such as <c>eu-central-1</c>.</summary>
    public static bool IsRegion(string text) => RegionPattern().IsMatch(text);

    /// <summary>
    /// Whether this is the ARN of one Lambda function, with or without a version or alias (Lambda API reference,
    /// <c>FunctionArn</c>); wildcards are none.
    /// </summary>
    public static bool IsFunction(string text, out string partition)
    {
        var match = FunctionPattern().Match(text);
        partition = match.Groups["partition"].Value;
        return match.Success;
    }

    [GeneratedRegex(@"\A[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(
        @"\Aarn:(?<partition>aws|aws-cn|aws-us-gov):lambda:[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex FunctionPattern();
}
