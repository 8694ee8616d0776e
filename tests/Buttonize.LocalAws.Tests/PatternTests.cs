using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>The wildcards by themselves, where the space of inputs is too large for calls over HTTP.</summary>
public sealed class PatternTests
{
    [Fact]
    public void Wildcards_match_as_the_equal_regular_expression_does() =>
        Gen.Select(Gen.String["ab:*?"], Gen.String["ab:"])
            .Sample(
                (pattern, text) => Pattern.Matches(Pattern.Of(pattern), text) == Like(pattern, text)
            );

    [Fact]
    public void A_star_stays_within_its_segment_of_an_arn() =>
        Gen.Select(Gen.String["a*?"].Array[6], Gen.String["a"].Array[6])
            .Sample(
                (pattern, arn) =>
                    Pattern.MatchesArn(Pattern.Of(string.Join(':', pattern)), string.Join(':', arn))
                    == pattern.Zip(arn).All(pair => Like(pair.First, pair.Second))
            );

    [Theory]
    [InlineData("lambda:invoke*", "lambda:InvokeFunction", true, true)]
    [InlineData("lambda:invoke*", "lambda:InvokeFunction", false, false)]
    [InlineData("*", "", false, true)]
    [InlineData("", "", false, true)]
    [InlineData("", "a", false, false)]
    [InlineData("?", "", false, false)]
    public void Actions_ignore_case_and_resources_do_not(
        string pattern,
        string text,
        bool ignoreCase,
        bool matches
    ) => Pattern.Matches(Pattern.Of(pattern), text, ignoreCase).Should().Be(matches);

    /// <summary>"ARN condition operators".</summary>
    [Theory]
    [InlineData("*", false)]
    [InlineData("arn:aws:lambda:*", false)]
    [InlineData("arn:aws:lambda", false)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:*", true)]
    [InlineData("arn:aws:lambda:*:*:function:*", true)]
    [InlineData("arn:aws:lambda:*:function:discounts", false)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:*:discounts", true)]
    public void In_ARN_operators_a_star_covers_one_segment(string pattern, bool matches) =>
        Pattern.MatchesArn(Pattern.Of(pattern), LocalAws.FunctionArn).Should().Be(matches);

    /// <summary>"IAM JSON policy elements: Resource", as regular expressions of .NET's.</summary>
    [Fact]
    public void In_resources_a_star_at_the_end_of_a_segment_goes_beyond_the_colon() =>
        Gen.Select(Gen.String["ab:*?"], Gen.String["ab:"])
            .Sample(
                (pattern, text) =>
                    Pattern.MatchesResource(Pattern.Of(pattern), text)
                    == Regex.IsMatch(
                        text,
                        $@"\A{Regex.Replace(pattern, @"\*(:|$)", "@$1").Replace("*", "[^:]*", StringComparison.Ordinal).Replace("?", "[^:]", StringComparison.Ordinal).Replace("@", ".*", StringComparison.Ordinal)}\z",
                        RegexOptions.Singleline | RegexOptions.NonBacktracking
                    )
            );

    private static bool Like(string pattern, string text) =>
        Regex.IsMatch(
            text,
            $@"\A{pattern.Replace("*", ".*", StringComparison.Ordinal).Replace('?', '.')}\z",
            RegexOptions.Singleline | RegexOptions.NonBacktracking
        );
}
