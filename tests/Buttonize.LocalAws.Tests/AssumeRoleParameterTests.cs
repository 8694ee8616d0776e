using System.Text;
using Buttonize.LocalAws.Sts;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

public sealed class AssumeRoleParameterTests
{
    private const string Punctuation = "_+=,.@-";

    public static TheoryData<string, string, string?> Limits { get; } =
        new()
        {
            { "RoleSessionName", "ab", null },
            { "RoleSessionName", "a", "length greater than or equal to 2" },
            { "RoleSessionName", "", "length greater than or equal to 2" },
            { "RoleSessionName", new string('a', 64), null },
            { "RoleSessionName", new string('a', 65), "length less than or equal to 64" },
            { "RoleSessionName", "ab\n", "regular expression pattern: [\\w+=,.@-]*" },
            { "RoleSessionName", "jürgen", "regular expression pattern: [\\w+=,.@-]*" },
            { "RoleSessionName", "a/b", "regular expression pattern: [\\w+=,.@-]*" },
            { "SourceIdentity", new string('a', 64), null },
            { "SourceIdentity", new string('a', 65), "length less than or equal to 64" },
            { "SourceIdentity", "a", "length greater than or equal to 2" },
            { "SourceIdentity", "aws:me", "regular expression pattern" },
            { "DurationSeconds", "900", null },
            { "DurationSeconds", "899", "value greater than or equal to 900" },
            { "DurationSeconds", "3600", null },
            { "DurationSeconds", "43201", "value less than or equal to 43200" },
            { "DurationSeconds", "1h", "must be an integer" },
            { "DurationSeconds", "-900", "must be an integer" },
            { "RoleArn", new string('a', 19), "length greater than or equal to 20" },
            { "RoleArn", new string('a', 2049), "length less than or equal to 2048" },
            { "RoleArn", $"arn:aws:iam::{LocalAws.CustomerAccount}:user/Demo", "is invalid" },
            { "RoleArn", LocalAws.RoleArn + "\n", "is invalid" },
            { "Policy", "", "length greater than or equal to 1" },
            { "Policy", new string(' ', 2049), "length less than or equal to 2048" },
        };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Limits_are_exact(string name, string value, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().With(name, value));
        ShouldBe(answer, refusal);
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, "length greater than or equal to 2")]
    [InlineData(0, "length greater than or equal to 2")]
    [InlineData(1224, null)]
    [InlineData(1225, "length less than or equal to 1224")]
    public async Task External_ids_have_limits_and_are_never_repeated(int length, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var externalId = new string('Q', length);
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:AssumeRole", Policies.ExternalIdIs(externalId))
            )
        );
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("ExternalId", externalId)
        );
        ShouldBe(answer, refusal);
        if (refusal is not null && length > 0)
        {
            answer.Text.Should().NotContain(externalId);
        }
    }

    [Fact]
    public async Task External_ids_have_an_alphabet_and_are_not_repeated_in_the_refusal()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("ExternalId", "my secret!")
        );
        answer
            .ErrorMessage.Should()
            .Be(
                "1 validation error detected: Value at 'externalId' failed to satisfy constraint: Member must satisfy "
                    + @"regular expression pattern: [\w+=,.@:\/-]*"
            );
    }

    [Fact]
    public async Task All_broken_constraints_are_told_at_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("RoleSessionName", "!").With("RoleArn", null)
        );
        answer.Error.Should().Be("400 ValidationError");
        answer
            .ErrorMessage.Should()
            .StartWith("3 validation errors detected: ")
            .And.Contain(
                "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
            )
            .And.Contain(
                @"Value '!' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
            );
    }

    [Theory]
    [InlineData("k", "", null)]
    [InlineData("", "v", "length greater than or equal to 1")]
    [InlineData("aws:k", "v", "reserved")]
    [InlineData("AWS:k", "v", "reserved")]
    [InlineData("Ключ 1", "日本語 ٣ _.:/=+-@", null)]
    [InlineData("k", "𝒳𝒴", null)]
    [InlineData("k", "semi;colon", "regular expression pattern")]
    [InlineData("k", "emoji 🙂", "regular expression pattern")]
    [InlineData("k", "tab\t", "regular expression pattern")]
    [InlineData("k", "e\u0301", "regular expression pattern")]
    public async Task Tags_take_letters_of_any_script(string key, string value, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        ShouldBe(await aws.AssumeAsync(new AssumeRoleParameters().Tag(key, value)), refusal);
    }

    [Theory]
    [InlineData("k", 128, null)]
    [InlineData("k", 129, "length less than or equal to 128")]
    [InlineData("v", 256, null)]
    [InlineData("v", 257, "length less than or equal to 256")]
    public async Task Tags_have_limits(string part, int length, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var text = new string('a', length);
        var tag =
            part == "k"
                ? new AssumeRoleParameters().Tag(text, "v")
                : new AssumeRoleParameters().Tag("k", text);
        ShouldBe(await aws.AssumeAsync(tag), refusal);
    }

    [Theory]
    [InlineData(50, null)]
    [InlineData(51, "length less than or equal to 50")]
    public async Task Tags_and_transitive_keys_are_counted(int count, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var parameters = new AssumeRoleParameters();
        var keys = Enumerable.Range(0, count).Select(number => $"{number}").ToArray();
        foreach (var key in keys)
        {
            parameters.Tag(key, "");
        }
        ShouldBe(await aws.AssumeAsync(parameters.Transitive(keys)), refusal);
    }

    [Fact]
    public async Task Tag_keys_differ_by_more_than_case()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().Tag("team", "a").Tag("TEAM", "b")
        );
        answer.Error.Should().Be("400 InvalidParameterValue");
        answer.ErrorMessage.Should().Contain("case insensitive");
    }

    [Fact]
    public async Task Transitive_keys_are_among_the_tags()
    {
        await using var aws = await LocalAws.StartAsync();
        var tagged = new AssumeRoleParameters().Tag("Team", "a");
        (await aws.AssumeAsync(tagged.Transitive("team"))).Ok.Should().BeTrue();
        var answer = await aws.AssumeAsync(tagged.Transitive("other"));
        answer.Error.Should().Be("400 InvalidParameterValue");
        answer
            .ErrorMessage.Should()
            .Be("The specified transitive tag key must be included in the requested tags.");
    }

    [Theory]
    [InlineData("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")]
    [InlineData("SerialNumber", "arn:aws:iam::1:mfa/x")]
    [InlineData("Tags.member.2.Key", "gap")]
    [InlineData("Tags.member.1.Kee", "typo")]
    [InlineData("roleSessionName", "case")]
    public async Task Parameters_that_nobody_reads_are_refused_by_name(string name, string value)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().With(name, value));
        answer.Error.Should().Be("400 ValidationError");
        answer.ErrorMessage.Should().Contain($"'{name}'");
    }

    [Fact]
    public async Task Parameters_given_twice_are_refused_by_name()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().Again("ExternalId", "another")
        );
        answer.Error.Should().Be("400 ValidationError");
        answer.ErrorMessage.Should().Contain("'ExternalId'").And.NotContain("another");
    }

    [Fact]
    public async Task Empty_lists_are_sent_by_some_sdks()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("Tags", "")
                .With("TransitiveTagKeys", "")
                .With("PolicyArns", "")
        );
        answer.Status.Should().Be(200, answer.Text);
    }

    [Theory]
    [InlineData("{", "not in the valid JSON format")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"Statement":[]}""", "must not be empty")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}""",
        "'Principal'"
    )]
    [InlineData("null", "must not be null")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":null}}""",
        "'Statement.Condition' must not be null"
    )]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":null}}}""",
        "'Statement.Condition.StringEquals' must not be null"
    )]
    public async Task A_session_policy_has_to_be_one(string policy, string refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().With("Policy", policy));
        answer.Error.Should().Be("400 MalformedPolicyDocument");
        answer.ErrorMessage.Should().Contain(refusal);
    }

    [Fact]
    public async Task Tags_can_be_too_large_together()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().Tag("a", new string('x', 256)).Tag("b", new string('x', 256))
        );
        answer.Error.Should().Be("400 PackedPolicyTooLarge");
        answer
            .ErrorMessage.Should()
            .Be("Packed size of session tags consumes 113% of allotted space.");
    }

    [Fact]
    public void The_name_alphabet_is_ascii() =>
        Gen.Char.Sample(c =>
            StsAlphabets.IsSessionName($"a{c}")
            == (c < 128 && (char.IsLetterOrDigit(c) || Punctuation.Contains(c)))
        );

    [Fact]
    public void The_external_id_alphabet_has_two_more() =>
        Gen.Char.Sample(c =>
            StsAlphabets.IsExternalId($"a{c}")
            == (StsAlphabets.IsSessionName($"a{c}") || c is ':' or '/')
        );

    [Fact]
    public void The_tag_alphabet_is_judged_by_code_point() =>
        Gen.Int[0, 0x10FFFF]
            .Where(value => Rune.IsValid(value))
            .Select(value => new Rune(value))
            .Sample(rune =>
                StsAlphabets.IsTagText(rune.ToString())
                == (
                    Rune.GetUnicodeCategory(rune).ToString() is var category
                    && (
                        category.EndsWith("Letter", StringComparison.Ordinal)
                        || category.EndsWith("Number", StringComparison.Ordinal)
                        || category.EndsWith("Separator", StringComparison.Ordinal)
                        || "_.:/=+-@".Contains(rune.ToString(), StringComparison.Ordinal)
                    )
                )
            );

    [Fact]
    public void Half_a_surrogate_pair_is_no_letter() =>
        StsAlphabets.IsTagText("\ud835").Should().BeFalse();

    private static void ShouldBe(AwsAnswer answer, string? refusal)
    {
        if (refusal is null)
        {
            answer.Status.Should().Be(200, answer.Text);
            return;
        }
        answer.Error.Should().BeOneOf("400 ValidationError", "400 InvalidParameterValue");
        answer.ErrorMessage.Should().Contain(refusal);
    }
}
