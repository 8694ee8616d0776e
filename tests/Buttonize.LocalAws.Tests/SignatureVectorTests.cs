using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Tests;

/// <summary>From AWS's published Signature Version 4 test suite: key, scope and date are the same in all of them.</summary>
public sealed class SignatureVectorTests
{
    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData(
        "GET",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    )]
    [InlineData(
        "GET",
        "/example/..",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )]
    [InlineData("GET", "//./", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    public void Published_signatures_are_met(string method, string target, string signature)
    {
        const string Timestamp = "20150830T123600Z";
        var headers = new Dictionary<string, string>
        {
            ["host"] = "example.amazonaws.com",
            ["x-amz-date"] = Timestamp,
        };
        var canonical = CanonicalRequest.Build(
            method,
            target,
            headers.Keys,
            name => [headers[name]],
            Signature.Hash([])
        );
        Signature
            .Compute(
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                new CredentialScope("20150830", "us-east-1", "service", "aws4_request"),
                Timestamp,
                canonical
            )
            .Should()
            .Be(signature);
    }

    [Theory]
    [InlineData("  a   b  ", "a b")]
    [InlineData("a b", "a b")]
    public void Spaces_in_headers_are_folded(string sent, string canonical) =>
        CanonicalRequest
            .Build("GET", "/", ["x"], _ => [sent], "hash")
            .Should()
            .Contain($"\nx:{canonical}\n");

    [Fact]
    public void A_path_is_encoded_once_more_than_it_was_sent() =>
        CanonicalRequest
            .Build("GET", "/a%3Ab/c", ["host"], _ => ["h"], "hash")
            .Should()
            .StartWith("GET\n/a%253Ab/c\n");
}
