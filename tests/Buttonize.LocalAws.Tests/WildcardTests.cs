using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

public sealed class WildcardTests
{
    [Fact]
    public void Wildcards_match_as_the_equal_regular_expression_does() =>
        Gen.Select(Gen.String["ab:*?"], Gen.String["ab:"])
            .Sample(
                (pattern, text) =>
                    Wildcard.Matches(pattern, text, StringComparison.Ordinal)
                    == Regex.IsMatch(
                        text,
                        $@"\A{pattern.Replace("*", ".*", StringComparison.Ordinal).Replace('?', '.')}\z",
                        RegexOptions.Singleline | RegexOptions.NonBacktracking
                    )
            );

    [Theory]
    [InlineData("lambda:invoke*", "lambda:InvokeFunction", true, true)]
    [InlineData("lambda:invoke*", "lambda:InvokeFunction", false, false)]
    [InlineData("*", "", false, true)]
    [InlineData("", "", false, true)]
    [InlineData("", "a", false, false)]
    [InlineData("?", "", false, false)]
    [InlineData("arn:*:function", "arn:aws:lambda:eu-central-1:1:function", false, true)]
    public void Actions_ignore_case_and_resources_do_not(
        string pattern,
        string text,
        bool ignoreCase,
        bool matches
    ) =>
        Wildcard
            .Matches(
                pattern,
                text,
                ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal
            )
            .Should()
            .Be(matches);
}
