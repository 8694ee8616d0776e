using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// What canonicalization makes the same, and what it keeps apart: each request is signed as the canonical text says, and
/// sent in another way of writing it, to the byte.
/// </summary>
public sealed class CanonicalRequestTests
{
    private const string WhoAmI = "Action=GetCallerIdentity&Version=2011-06-15";
    private const string Function = "/2015-03-31/functions/a%253Ab/invocations";

    [Theory]
    [InlineData("Version=2011-06-15&Action=GetCallerIdentity", "200")]
    [InlineData("Action=%47etCallerIdentity&Version=2011%2d06%2D15", "200")]
    [InlineData("&&Action=GetCallerIdentity&Version=2011-06-15&", "200")]
    [InlineData("action=GetCallerIdentity&Version=2011-06-15", "SignatureDoesNotMatch")]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-15+", "SignatureDoesNotMatch")]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-15&Version", "SignatureDoesNotMatch")]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-15&=", "SignatureDoesNotMatch")]
    public async Task Names_and_values_of_a_query_are_signed_and_not_how_they_are_written(
        string sent,
        string outcome
    )
    {
        await using var aws = await LocalAws.StartAsync();
        (await SendAsync(aws, "GET", "/", WhoAmI, "/?" + sent)).Should().Be(outcome);
    }

    [Theory]
    [InlineData("B&A=a+b&A=a%2Bb&A", "ValidationError")]
    [InlineData("A=a%2bb&A=&B=&A=a%20b", "ValidationError")]
    [InlineData("A=&A=a+b&A=a+b&B=", "SignatureDoesNotMatch")]
    [InlineData("A=&A=a%2520b&A=a%2Bb&B=", "SignatureDoesNotMatch")]
    [InlineData("A=&A=a%20b&A=a%2Bb&B==", "SignatureDoesNotMatch")]
    public async Task A_plus_sign_is_a_space_and_an_absent_value_an_empty_one(
        string sent,
        string outcome
    )
    {
        await using var aws = await LocalAws.StartAsync();
        (await SendAsync(aws, "GET", "/", "A=&A=a%20b&A=a%2Bb&B=", "/?" + sent))
            .Should()
            .Be(outcome);
    }

    [Theory]
    [InlineData("/", "200")]
    [InlineData("/.", "200")]
    [InlineData("/x/..", "200")]
    [InlineData("/%2e", "SignatureDoesNotMatch")]
    public async Task Dot_segments_of_a_path_go(string path, string outcome)
    {
        await using var aws = await LocalAws.StartAsync();
        (await SendAsync(aws, "GET", "/", WhoAmI, $"{path}?{WhoAmI}")).Should().Be(outcome);
    }

    [Theory]
    [InlineData("a%3Ab", "ResourceNotFoundException")]
    [InlineData("./a%3Ab", "ResourceNotFoundException")]
    [InlineData("x/../a%3Ab", "ResourceNotFoundException")]
    [InlineData("a%3ab", "InvalidSignatureException")]
    [InlineData("a:b", "InvalidSignatureException")]
    [InlineData("%61%3Ab", "InvalidSignatureException")]
    [InlineData("a%253Ab", "InvalidSignatureException")]
    [InlineData("a%2F..%2Fa%3Ab", "InvalidSignatureException")]
    public async Task A_path_is_signed_as_it_was_sent_and_encoded_once_more(
        string sent,
        string outcome
    )
    {
        await using var aws = await LocalAws.StartAsync();
        var target = $"/2015-03-31/functions/{sent}/invocations";
        (await SendAsync(aws, "POST", Function, "", target, service: "lambda"))
            .Should()
            .Be(outcome);
    }

    [Theory]
    // Signed as "a b,c" and "é"; the bytes of a request are the characters here.
    [InlineData("a b,c", null, "\u00c3\u00a9", "200")]
    [InlineData("  a \t  b", "c ", "\u00c3\u00a9", "200")]
    [InlineData("a b, c", null, "\u00c3\u00a9", "SignatureDoesNotMatch")]
    [InlineData("c", "a b", "\u00c3\u00a9", "SignatureDoesNotMatch")]
    [InlineData("ab", "c", "\u00c3\u00a9", "SignatureDoesNotMatch")]
    [InlineData("a b,c", "", "\u00c3\u00a9", "SignatureDoesNotMatch")]
    [InlineData("a b,c", null, "e", "SignatureDoesNotMatch")]
    [InlineData("a b,c", null, "\u00e9", "400")]
    [InlineData("a\r\n b,c", null, "\u00c3\u00a9", "400")]
    public async Task Headers_are_folded_and_joined_in_the_order_sent(
        string first,
        string? second,
        string other,
        string outcome
    )
    {
        await using var aws = await LocalAws.StartAsync();
        List<(string, string)> headers = [("X-First", first), ("x-other", other)];
        if (second is not null)
        {
            headers.Add(("x-first", second));
        }
        var canonical = new[] { ("x-first", "a b,c"), ("x-other", "é") };
        (await SendAsync(aws, "GET", "/", WhoAmI, $"/?{WhoAmI}", "sts", headers, canonical))
            .Should()
            .Be(outcome);
    }

    /// <returns>200, or AWS's error code, or the status of an answer without one.</returns>
    private static async Task<string> SendAsync(
        LocalAws aws,
        string method,
        string canonicalPath,
        string canonicalQuery,
        string target,
        string service = "sts",
        IReadOnlyList<(string, string)>? headers = null,
        IReadOnlyList<(string Name, string Value)>? canonicalHeaders = null
    )
    {
        const string Date = "20260101";
        const string Timestamp = $"{Date}T120000Z";
        (string Name, string Value)[] signed =
        [
            ("host", aws.Address.Authority),
            ("x-amz-date", Timestamp),
            .. canonicalHeaders ?? [],
        ];
        signed = [.. signed.OrderBy(header => header.Name, StringComparer.Ordinal)];
        var names = string.Join(';', signed.Select(header => header.Name));
        var canonical =
            $"{method}\n{canonicalPath}\n{canonicalQuery}\n"
            + string.Concat(signed.Select(header => $"{header.Name}:{header.Value}\n"))
            + $"\n{names}\n{AwsRequest.Hex(SHA256.HashData([]))}";
        var scope = $"{Date}/eu-central-1/{service}/aws4_request";
        var signature = AwsRequest.Signature(
            LocalAws.Caller.SecretAccessKey,
            scope,
            Timestamp,
            canonical
        );
        var request = new RawRequest(
            method,
            target,
            [
                ("host", aws.Address.Authority),
                ("x-amz-date", Timestamp),
                .. headers ?? [],
                (
                    "authorization",
                    $"AWS4-HMAC-SHA256 Credential={LocalAws.Caller.AccessKeyId}/{scope},SignedHeaders={names},Signature={signature}"
                ),
            ],
            ""
        );
        var (status, text) = await request.SendAsync(aws.Address);
        var code = Regex.Match(text, @"<Code>(\w+)<|x-amzn-ErrorType: (\w+)");
        return code.Success ? code.Groups[1].Value + code.Groups[2].Value : $"{status}";
    }
}
