using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// From AWS's published Signature Version 4 test suite, the older one of the AWS documentation and the newer one of AWS's
/// aws-c-auth, which has every case in the query form too. Key, scope and date are the same in all of them.
/// </summary>
public sealed class SignatureVectorTests
{
    private const string SecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string Timestamp = "20150830T123600Z";

    private static readonly CredentialScope Scope = new(
        "20150830",
        "us-east-1",
        "service",
        "aws4_request"
    );

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData(
        "GET",
        "/?Param1=value1",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"
    )]
    [InlineData(
        "GET",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    )]
    [InlineData(
        "GET",
        "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"
    )]
    [InlineData(
        "GET",
        "/?\u1234=bar",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
    )]
    [InlineData(
        "GET",
        "/\u1234",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
    )]
    [InlineData(
        "GET",
        "/example space/",
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
    )]
    [InlineData(
        "GET",
        "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
    )]
    [InlineData(
        "GET",
        "/./example",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"
    )]
    [InlineData(
        "GET",
        "/example/..",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )]
    [InlineData("GET", "//./", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    public void Published_signatures_are_met(string method, string target, string signature) =>
        Sign(method, target, new() { ["x-amz-date"] = [Timestamp] }).Should().Be(signature);

    [Theory]
    [InlineData(
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        "value2",
        "value2",
        "value1"
    )]
    [InlineData(
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        "value4",
        "value1",
        "value3",
        "value2"
    )]
    public void Repeated_headers_are_signed_as_published(
        string signature,
        params string[] values
    ) =>
        Sign("GET", "/", new() { ["my-header1"] = values, ["x-amz-date"] = [Timestamp] })
            .Should()
            .Be(signature);

    [Fact]
    public void White_space_in_headers_is_signed_as_published() =>
        Sign(
                "GET",
                "/",
                new()
                {
                    ["my-header1"] = [" value1"],
                    ["my-header2"] = [" \"a   b   c\""],
                    ["x-amz-date"] = [Timestamp],
                }
            )
            .Should()
            .Be("acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");

    [Theory]
    [InlineData("/?", "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d")]
    [InlineData("//?", "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d")]
    [InlineData(
        "/?\u1234=bar&",
        "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600"
    )]
    [InlineData(
        "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1&",
        "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"
    )]
    public void Published_presigned_signatures_are_met(string target, string signature) =>
        Sign(
                "GET",
                target
                    + "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                    + "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request"
                    + $"&X-Amz-Date={Timestamp}&X-Amz-SignedHeaders=host&X-Amz-Expires=3600",
                []
            )
            .Should()
            .Be(signature);

    private static string Sign(
        string method,
        string rawTarget,
        Dictionary<string, string[]> otherHeaders
    )
    {
        var headers = new SortedDictionary<string, string[]>(otherHeaders, StringComparer.Ordinal)
        {
            ["host"] = ["example.amazonaws.com"],
        };
        var target = RequestTarget.Of(rawTarget);
        var canonical = CanonicalRequest.Build(
            method,
            target.Path,
            target.Query!,
            [.. headers.Keys],
            name => headers[name],
            Signature.Hash([])
        );
        return Signature.Compute(SecretAccessKey, Scope, Timestamp, canonical);
    }
}
