using System.Text;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Whatever is asked, by somebody with a good signature: the answer is never a fault of this program, the connection stays,
/// and only what the policy allows is run.
/// </summary>
public sealed class InvokeFuzzTests
{
    private const string Account = LocalAws.CustomerAccount;

    private static readonly Gen<string> Printable = Gen.Char['!', '~']
        .Array[0, 12]
        .Select(chars => new string(chars));

    private static readonly Gen<string> Names = Either(
        "discounts",
        "discounts",
        "secret",
        "nothing"
    );

    private static readonly Gen<string> Prefixes = Either(
        "",
        "function:",
        $"{Account}:",
        $"{Account}:function:",
        "081205402391:function:",
        $"arn:aws:lambda:eu-central-1:{Account}:function:",
        $"arn:aws:lambda:us-east-1:{Account}:function:",
        $"arn:aws-cn:lambda:eu-central-1:{Account}:function:",
        "arn:aws:lambda:",
        "eu-central-1:"
    );

    private static readonly Gen<string> Qualifiers = Gen.OneOf(
        Either("$LATEST", "1", "2", "prod", "$LATEST.PUBLISHED", ""),
        Printable
    );

    private static readonly Gen<string> FunctionNames = Gen.Frequency(
        (4, Gen.Select(Prefixes, Names, (prefix, name) => prefix + name)),
        (3, Gen.Select(Prefixes, Names, Qualifiers, (prefix, name, q) => $"{prefix}{name}:{q}")),
        (2, Gen.Select(Prefixes, Gen.String[1, 20], (prefix, name) => prefix + name))
    );

    private static readonly Gen<KeyValuePair<string, string>> Headers = Gen.Select(
        Either(
            "x-amz-invocation-type",
            "x-amz-log-type",
            "x-amz-client-context",
            "x-amz-tenant-id",
            "x-amzn-requestid",
            "origin",
            "accept"
        ),
        Gen.OneOf(
            Either("RequestResponse", "Event", "DryRun", "Tail", "None", "e30=", "W10="),
            Printable
        ),
        (name, value) => KeyValuePair.Create(name, value)
    );

    private static readonly Gen<byte[]> Payloads = Gen.Frequency(
        (4, Either("", "{}", "null", "{\"a\":[1,\"ü\"]}").Select(Encoding.UTF8.GetBytes)),
        (1, Either("{", "\uFEFF{}").Select(Encoding.UTF8.GetBytes)),
        (1, Gen.Byte.Array[0, 40])
    );

    private static readonly Gen<Call> Calls = Gen.Select(
        FunctionNames,
        Gen.Frequency((3, Gen.Const((string?)null)), (1, Qualifiers.Select(q => (string?)q))),
        Headers.Array[0, 1],
        Payloads,
        (name, qualifier, headers, payload) => new Call(name, qualifier, headers, payload)
    );

    [Fact]
    public async Task Whatever_is_asked_only_what_is_allowed_is_run()
    {
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            await using (var aws = await LocalAws.StartAsync())
            {
                var forbidden = Path.Combine(folder.FullName, "forbidden");
                await aws.PutFunctionAsync("cat");
                await PutForbiddenAsync(aws, $"{LocalAws.FunctionArn}:1", forbidden);
                await PutForbiddenAsync(aws, $"{LocalAws.FunctionArn}2", forbidden);
                await PutForbiddenAsync(
                    aws,
                    $"arn:aws:lambda:eu-central-1:{Account}:function:secret",
                    forbidden
                );
                await aws.PutAsync(
                    "functions",
                    new { functionArn = $"{LocalAws.FunctionArn}:prod", functionVersion = "1" }
                );
                var session = await aws.SessionAsync();
                var accepted = 0;
                await Calls.SampleAsync(
                    async call =>
                    {
                        if (await IsAcceptedAsync(aws, session, call))
                        {
                            Interlocked.Increment(ref accepted);
                        }
                    },
                    iter: 500,
                    threads: 2
                );
                accepted.Should().BePositive();
                File.Exists(forbidden).Should().BeFalse();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Gen<string> Either(params string[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static async Task<bool> IsAcceptedAsync(LocalAws aws, Credentials session, Call call)
    {
        var answer = await aws.InvokeAsync(
            session,
            function: call.FunctionName,
            change: request =>
                request with
                {
                    Body = call.Payload,
                    Headers = call
                        .Headers.GroupBy(header => header.Key)
                        .ToDictionary(group => group.Key, group => group.First().Value),
                    Target = call.Qualifier is null
                        ? request.Target
                        : $"{request.Target}?Qualifier={Uri.EscapeDataString(call.Qualifier)}",
                }
        );
        answer.Status.Should().BeLessThan(500, call.ToString());
        var accepted = answer.Status < 300;
        if (accepted)
        {
            call.IsAllowed.Should().BeTrue(call.ToString());
        }
        return accepted;
    }

    private static Task PutForbiddenAsync(LocalAws aws, string arn, string file) =>
        aws.PutAsync(
            "functions",
            new { functionArn = arn, command = new[] { "/bin/sh", "-c", $"echo >> {file}; cat" } }
        );

    private sealed record Call(
        string FunctionName,
        string? Qualifier,
        KeyValuePair<string, string>[] Headers,
        byte[] Payload
    )
    {
        /// <summary>The policy allows one ARN: the function's own, without a qualifier.</summary>
        public bool IsAllowed =>
            Qualifier is null
            && FunctionName
                is "discounts"
                    or "function:discounts"
                    or $"{Account}:discounts"
                    or $"{Account}:function:discounts"
                    or LocalAws.FunctionArn;

        public override string ToString() =>
            $"{FunctionName} ? {Qualifier} [{string.Join(", ", Headers)}] {Convert.ToHexString(Payload)}";
    }
}
