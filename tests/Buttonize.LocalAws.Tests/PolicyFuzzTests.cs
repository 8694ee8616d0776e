using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Broken input of every kind: it is refused in AWS's words, never a crash, and nothing is granted that no statement
/// allows. The oracle is written here, from the document, and shares no code with the evaluation.
/// </summary>
public sealed class PolicyFuzzTests
{
    private const int Cases = 1500;
    private const string SomeText =
        "{}[]\":,*?$\\ntrueAllowDenysts:AssumeRole0129 \u0000\u00e4\ud83d\ude00\ud800";

    private static readonly Gen<string> AnyJson = RandomPolicies.AnyOf(
        "null",
        "true",
        "0",
        "-1e400",
        "\"\"",
        "\"*\"",
        "\"Allow\"",
        "\"\\ud800\"",
        "\"${\"",
        "\"${aws:username}\"",
        "[]",
        "{}",
        "[[\"*\"]]",
        "{\"AWS\":\"*\"}",
        "{\"AWS\":{}}",
        "{\"StringEquals\":{\"sts:ExternalId\":[\"a\",1,true]}}",
        "{\"ForAllValues:StringLike\":{\"aws:TagKeys\":\"*\"}}"
    );

    private static readonly Gen<string> AnyName = RandomPolicies.AnyOf(
        "Version",
        "Statement",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "Condition",
        "AWS",
        "sts:ExternalId",
        "StringNotLikeIfExists",
        "",
        "\\ud800"
    );

    [Fact]
    public async Task A_policy_is_taken_or_refused_and_grants_only_what_a_statement_allows()
    {
        await using var aws = await LocalAws.StartAsync();
        var granted = 0;
        await Gen.Select(Documents(), RandomPolicies.Request)
            .SampleAsync(
                async (document, request) =>
                {
                    var put = await aws.AdminAsync(
                        HttpMethod.Put,
                        "roles",
                        $$"""{ "roleArn": "{{LocalAws.RoleArn}}", "trustPolicy": {{document}}, "policies": [] }"""
                    );
                    put.Status.Should().BeOneOf([204, 400], put.Text);
                    if (put.Status == 400)
                    {
                        put.Json.GetProperty("error").GetString().Should().NotBeEmpty();
                        return;
                    }
                    var answer = await aws.AssumeAsync(AssumeRoleText.Parse(request));
                    answer.Status.Should().BeOneOf([200, 403], answer.Text);
                    if (answer.Ok)
                    {
                        GrantOracle
                            .MayAssume(document, request)
                            .Should()
                            .BeTrue($"{document}\n{request}");
                        granted++;
                    }
                },
                iter: Cases,
                threads: 1
            );
        granted.Should().BeGreaterThan(Cases / 50);
    }

    [Fact]
    public async Task A_session_policy_is_taken_or_malformed_and_only_narrows()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(Policies.Trust(), Policies.Permission("Allow", "lambda:*", "*"));
        var run = 0;
        await Mutations(
                RandomPolicies
                    .OwnStatement.Array[1, 2]
                    .Select(all => Policies.Document(all).ToJsonString())
            )
            .SampleAsync(
                async document =>
                {
                    var answer = await aws.AssumeAsync(
                        new AssumeRoleParameters().With("Policy", document)
                    );
                    answer
                        .Error.Should()
                        .BeOneOf("200 ", "400 MalformedPolicyDocument", "400 ValidationError");
                    if (answer.Ok)
                    {
                        var invoked = await aws.InvokeAsync(answer.Credentials);
                        invoked
                            .Error.Should()
                            .BeOneOf(["200 ", "403 AccessDeniedException"], document);
                        if (invoked.Ok)
                        {
                            GrantOracle.MayInvoke(document).Should().BeTrue(document);
                            run++;
                        }
                    }
                },
                iter: 500,
                threads: 1
            );
        run.Should().BeGreaterThan(5);
    }

    [Fact]
    public async Task A_form_is_served_or_refused_and_the_external_id_stays_the_gate()
    {
        await using var aws = await LocalAws.StartAsync();
        var good = string.Join(
            '&',
            new AssumeRoleParameters()
                .With("SourceIdentity", "ada")
                .Tag("team", "blue")
                .Transitive("team")
                .Prepend(new("Version", "2011-06-15"))
                .Prepend(new("Action", "AssumeRole"))
                .Select(pair =>
                    $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"
                )
        );
        await TextMutations(Gen.Const(good), "&=%+25zZ.member1234567890ExternalId\u0000\u00ff")
            .SampleAsync(
                async form =>
                {
                    var answer = await aws.StsAsync(
                        "AssumeRole",
                        [],
                        change: r => r with { Body = Encoding.Latin1.GetBytes(form) }
                    );
                    // 404 is AWS's status of MalformedQueryString.
                    answer.Status.Should().BeOneOf([200, 400, 403, 404], answer.Text);
                    if (answer.Ok)
                    {
                        form.Split('&')
                            .Select(WebUtility.UrlDecode)
                            .Should()
                            .Contain($"ExternalId={LocalAws.ExternalId}", form);
                    }
                },
                iter: Cases,
                threads: 1
            );
    }

    [Fact]
    public async Task An_arn_is_taken_or_refused_wherever_it_is_sent()
    {
        await using var aws = await LocalAws.StartAsync();
        var seeds = RandomPolicies.AnyOf(
            LocalAws.RoleArn,
            LocalAws.CallerArn,
            LocalAws.FunctionArn,
            $"arn:aws:sts::{LocalAws.CallerAccount}:assumed-role/ControlPlane/task",
            $"arn:aws:iam::{LocalAws.CallerAccount}:root"
        );
        await TextMutations(seeds, "arn:aws/*?%0123456789-_\u0000\u00e9\ud83d\ude00 #&")
            .SampleAsync(
                async arn =>
                {
                    var assumed = await aws.AssumeAsync(
                        new AssumeRoleParameters().With("RoleArn", arn)
                    );
                    assumed.Status.Should().BeOneOf([200, 400, 403], assumed.Text);
                    assumed.Ok.Should().Be(arn == LocalAws.RoleArn);
                    AwsAnswer[] admin =
                    [
                        await aws.AdminAsync(
                            HttpMethod.Put,
                            "principals/AKIAFUZZFUZZFUZZFUZZ",
                            new
                            {
                                secretAccessKey = "s",
                                accountId = LocalAws.CallerAccount,
                                arn,
                            }
                        ),
                        await aws.AdminAsync(
                            HttpMethod.Put,
                            "functions",
                            new { functionArn = arn, command = new[] { "true" } }
                        ),
                        await aws.AdminAsync(
                            HttpMethod.Put,
                            "roles",
                            new
                            {
                                roleArn = "arn:aws:iam::123456789012:role/Fuzz",
                                trustPolicy = Policies.Document(
                                    Policies.Statement("Allow", "sts:AssumeRole", null, arn)
                                ),
                                policies = new[] { Policies.AllowInvoke(arn) },
                            }
                        ),
                    ];
                    admin
                        .Should()
                        .OnlyContain(answer => answer.Status == 204 || answer.Status == 400);
                },
                iter: 500,
                threads: 1
            );
    }

    /// <summary>Trust policies: valid ones, with members and values exchanged, and with characters changed.</summary>
    private static Gen<string> Documents() =>
        Mutations(
            RandomPolicies
                .TrustStatement.Array[1, 3]
                .Select(all => Policies.Document(all).ToJsonString())
        );

    private static Gen<string> Mutations(Gen<string> documents)
    {
        var structural = Gen.Select(
                documents,
                Gen.Select(Gen.Int[0, 200], AnyName, AnyJson, Gen.Int[0, 2]).Array[1, 3]
            )
            .Select(
                (document, changes) =>
                    changes.Aggregate(
                        document,
                        (text, change) =>
                            Exchange(text, change.Item1, change.Item2, change.Item3, change.Item4)
                    )
            );
        return Gen.OneOf(documents, structural, TextMutations(documents, SomeText));
    }

    /// <summary>A few characters taken away, put in or exchanged.</summary>
    private static Gen<string> TextMutations(Gen<string> texts, string alphabet) =>
        Gen.Select(
                texts,
                Gen.Select(
                    Gen.Double[0, 1],
                    Gen.Int[0, 2],
                    RandomPolicies.AnyOf(alphabet.ToCharArray())
                ).Array[0, 4]
            )
            .Select(
                (text, changes) =>
                    changes.Aggregate(
                        text,
                        (now, change) =>
                        {
                            var (place, kind, character) = change;
                            var at = (int)(place * (now.Length - 1));
                            return now.Length == 0 ? now
                                : kind == 0 ? now.Remove(at, 1)
                                : kind == 1 ? now.Insert(at, character.ToString())
                                : now.Remove(at, 1).Insert(at, character.ToString());
                        }
                    )
            );

    /// <summary>Renames a member, gives it another value, or adds one, at some object or list of the document.</summary>
    private static string Exchange(string document, int place, string name, string value, int kind)
    {
        // By text, because a JsonNode could not hold what is to be tried, such as a name that occurs twice.
        var members = Regex.Matches(document, "\"[A-Za-z:/]+\":");
        if (members.Count == 0)
        {
            return document;
        }
        var member = members[place % members.Count];
        var added = $"\"{name}\":{value},";
        return kind switch
        {
            0 => document[..member.Index]
                + $"\"{name}\":"
                + document[(member.Index + member.Length)..],
            1 => document.Insert(member.Index, added),
            _ => document.Insert(member.Index + member.Length, value + "," + $"\"{name}\":"),
        };
    }
}
