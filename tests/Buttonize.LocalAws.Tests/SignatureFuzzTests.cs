using System.Text.RegularExpressions;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>Nothing that differs from what was signed is believed, and nothing at all is answered with a fault.</summary>
public sealed class SignatureFuzzTests
{
    private const long Iterations = 500;
    private const string Interesting =
        "%+&=;,:/?.-_~ \t\"'aAzZ09*#\\{}\u0001\u007f\u0080\u00e9\u00ff";

    /// <summary>Which part of the request, how it is changed, where, and with what.</summary>
    private static readonly Gen<(int Part, int How, int Where, char What)> GenChange = Gen.Select(
        Gen.Int[0, 11],
        Gen.Int[0, 6],
        Gen.Int[0, 10_000],
        Gen.OneOf(Gen.Char[Interesting], Gen.Char['\u0001', '\u00ff'])
    );

    private static readonly string[] Fragments =
    [
        "AWS4-HMAC-SHA256 ",
        "AWS4-ECDSA-P256-SHA256 ",
        "Credential=",
        "SignedHeaders=",
        "Signature=",
        LocalAws.Caller.AccessKeyId,
        "/20260101/eu-central-1/sts/aws4_request",
        "/////",
        "host;x-amz-date",
        "20260101T120000Z",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "&X-Amz-Signature=",
        "&X-Amz-Expires=99999999999999999999",
        ", ",
        ",,",
        "==",
        "%00",
        "%0A",
        "%EF%BF%BF",
        "%ff",
        "%",
    ];

    private static readonly Gen<string> GenGarbage = Gen.OneOf(
            Gen.Int[0, Fragments.Length - 1].Select(index => Fragments[index]),
            Gen.Char[Interesting].Select(character => character.ToString())
        )
        .Array[0, 12]
        .Select(string.Concat);

    [Fact]
    public async Task A_changed_request_is_another_request()
    {
        await using var aws = await LocalAws.StartAsync();
        var signed = await SignedRequestsAsync(aws);
        foreach (var request in signed)
        {
            (await IsBelievedAsync(aws, request)).Should().BeTrue(request.Target);
        }
        await Gen.Select(Gen.Int[0, signed.Count - 1], GenChange.Array[1, 3])
            .SampleAsync(
                async (index, changes) =>
                {
                    var changed = changes.Aggregate(signed[index], Change);
                    var believed = await IsBelievedAsync(aws, changed);
                    return !believed
                        || RequestMeaning.Of(changed, signed[index])
                            == RequestMeaning.Of(signed[index]);
                },
                iter: Iterations,
                threads: 4
            );
    }

    [Fact]
    public async Task Garbage_is_refused()
    {
        await using var aws = await LocalAws.StartAsync();
        var signed = await SignedRequestsAsync(aws);
        string[] parameters = ["Credential", "Date", "Expires", "SignedHeaders", "Security-Token"];
        await Gen.Select(
                Gen.Int[0, signed.Count - 1],
                Gen.Int[0, parameters.Length + 1],
                GenGarbage
            )
            .SampleAsync(
                async (index, place, garbage) =>
                {
                    var request = signed[index];
                    var one = garbage.Replace("&", "%26", StringComparison.Ordinal);
                    var inTarget = Within(garbage, " #");
                    var changed =
                        place == parameters.Length ? WithAuthorization(request, garbage)
                        : place > parameters.Length
                            ? request with
                            {
                                Target = $"{request.Target.Split('?')[0]}?{inTarget}",
                            }
                        : request with
                        {
                            Target = Regex.Replace(
                                request.Target,
                                $"X-Amz-{parameters[place]}=[^&]*",
                                $"X-Amz-{parameters[place]}="
                                    + Within(one, " #").Replace("$", "$$", StringComparison.Ordinal)
                            ),
                        };
                    var believed = await IsBelievedAsync(aws, changed);
                    return !believed
                        || RequestMeaning.Of(changed, request) == RequestMeaning.Of(request);
                },
                iter: Iterations,
                threads: 4
            );
    }

    /// <summary>Both forms, by GET and POST, with and without a session, of both services; with a header that spaces fold in.</summary>
    private static async Task<IReadOnlyList<RawRequest>> SignedRequestsAsync(LocalAws aws)
    {
        var session = await aws.SessionAsync();
        var get = new AwsRequest("sts", "/?Action=GetCallerIdentity&Version=2011-06-15", [])
        {
            Method = "GET",
            Credentials = session,
            SignedAt = aws.Clock.GetUtcNow(),
            ContentType = null,
            Headers = new() { ["x-k8s-aws-id"] = "my cluster" },
        };
        var post = new AwsRequest(
            "sts",
            "/",
            "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray()
        )
        {
            Credentials = LocalAws.Caller,
            SignedAt = get.SignedAt,
        };
        var invoke = new AwsRequest(
            "lambda",
            "/2015-03-31/functions/nothing/invocations",
            "{}"u8.ToArray()
        )
        {
            Credentials = session,
            SignedAt = get.SignedAt,
            Headers = new() { ["x-amz-log-type"] = "None" },
        };
        HttpRequestMessage[] messages =
        [
            get.Sign(aws.Address),
            get.Presign(aws.Address),
            post.Sign(aws.Address),
            post.Presign(aws.Address),
            invoke.Sign(aws.Address),
            invoke.Presign(aws.Address),
        ];
        return [.. await Task.WhenAll(messages.Select(RawRequest.OfAsync))];
    }

    /// <summary>Whether the signature was; what is then found wrong with the call is another matter.</summary>
    private static async Task<bool> IsBelievedAsync(LocalAws aws, RawRequest request)
    {
        var (status, text) = await request.SendAsync(aws.Address);
        if (status is not (200 or (>= 400 and < 500)))
        {
            throw new InvalidOperationException($"Answered with {status}.");
        }
        return status == 200
            || Regex.IsMatch(
                text,
                "ValidationError|InvalidAction|MissingAction|ResourceNotFoundException|ValidationException|AccessDenied|"
                    + "InvalidParameterValueException|InvalidRequestContentException"
            );
    }

    private static RawRequest Change(
        RawRequest request,
        (int Part, int How, int Where, char What) change
    )
    {
        var (part, how, where, what) = change;
        if (part == 0)
        {
            return request with { Method = Edit(request.Method, how, where, what, " ") };
        }
        if (part <= 4)
        {
            return request with { Target = Edit(request.Target, how, where, what, " ") };
        }
        if (part == 5)
        {
            return request with { Body = Edit(request.Body, how, where, what, "") };
        }
        var headers = request.Headers.ToList();
        if (headers.Count == 0)
        {
            return request;
        }
        var index = where % headers.Count;
        var (name, value) = headers[index];
        switch (part)
        {
            case 6:
                headers.RemoveAt(index);
                break;
            case 7:
                headers.Add((name, value));
                break;
            case 8:
                headers[index] = (Edit(name, how, where, what, ": \t"), value);
                break;
            default:
                headers[index] = (name, Edit(value, how, where, what, ""));
                break;
        }
        return request with { Headers = headers };
    }

    /// <param name="framing">Characters that would make two parts of the request out of this one.</param>
    private static string Edit(string text, int how, int where, char what, string framing)
    {
        var letter = Within(what.ToString(), framing);
        var at = text.Length == 0 ? 0 : where % text.Length;
        var old = text.Length == 0 ? "" : text[at..(at + 1)];
        var tokens = Regex.Split(text, "([&;,/?])");
        var token = where % tokens.Length;
        return how switch
        {
            0 => text[..at] + letter + text[Math.Min(at + 1, text.Length)..],
            1 => text.Insert(at, letter),
            2 => old.Length == 0 ? text : text.Remove(at, 1),
            // The same character in another way, or what looks like it.
            3 => text[..at] + string.Concat(old.Select(Escape)) + text[(at + old.Length)..],
            4 => text[..at] + Flip(old) + text[(at + old.Length)..],
            5 => string.Concat(tokens.Where((_, index) => index != token)),
            _ => string.Concat(tokens.Select((t, index) => index == token ? t + t : t)),
        };
    }

    private static string Escape(char character) =>
        FormattableString.Invariant($"%{(int)character:x2}");

    private static string Flip(string letter) =>
        string.Concat(letter.Select(c => char.IsAsciiLetter(c) ? (char)(c ^ ' ') : c));

    private static string Within(string text, string framing) =>
        string.Concat(text.Where(c => c is not ('\r' or '\n') && !framing.Contains(c)));

    private static RawRequest WithAuthorization(RawRequest request, string value) =>
        request with
        {
            Headers =
            [
                .. request.Headers.Where(header => header.Name != "Authorization"),
                ("Authorization", Within(value, "")),
            ],
        };
}
