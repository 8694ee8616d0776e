using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>
/// A token as its recipe: a good one whose header and payload get members, lose members or are broken as text, under a signature by the
/// provider's own key or not, encoded well or not. It prints without the token itself.
/// </summary>
/// <param name="Header">Changes of the header's members: name, and value as JSON; null takes it out. An earlier one of the same name stays.</param>
/// <param name="Payload">The same for the payload.</param>
/// <param name="Broken">Where and how one of both texts is broken.</param>
/// <param name="Signature">Whose signature it has.</param>
/// <param name="Encoding">What becomes of the finished token.</param>
internal sealed record RandomToken(
    (string Name, string? Json)[] Header,
    (string Name, string? Json)[] Payload,
    Breakage? Broken,
    SignatureKind Signature,
    EncodingKind Encoding
)
{
    private static readonly string[] Anything =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "9223372036854775807",
        "99999999999999999999999999",
        "\"\"",
        "\" \"",
        "\"1\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\ufffe\"",
        "\"é😀\"",
        "[]",
        "[\"\"]",
        "[null,1]",
        "[\"a\",\"b\"]",
        "{}",
        "{\"a\":{\"b\":[1]}}",
        $"\"{new string('x', 3000)}\"",
        new string('[', 70) + new string(']', 70),
        string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200),
    ];

    private static readonly Dictionary<string, string[]> HeaderValues = new(StringComparer.Ordinal)
    {
        ["alg"] =
        [
            "\"none\"",
            "\"HS256\"",
            "\"RS256\"",
            "\"ES384\"",
            "\"EdDSA\"",
            "\"es256\"",
            "\"ES256\\u0000\"",
            "\"dir\"",
            "[\"ES256\"]",
        ],
        ["kid"] = ["\"../../../dev/null\"", "\"' OR '1'='1\"", "\"http://127.0.0.1:9/keys\""],
        ["typ"] = ["\"JWT\"", "\"AT+JWT\"", "\"logout+jwt\"", "\"dpop+jwt\"", "[\"JWT\"]"],
        ["crit"] = ["[\"exp\"]", "[\"b64\"]", "[]", "\"b64\"", "null"],
        ["b64"] = ["false"],
        ["zip"] = ["\"DEF\""],
        ["enc"] = ["\"A128GCM\""],
        ["cty"] = ["\"JWT\""],
        ["jku"] = ["\"http://127.0.0.1:9/keys\""],
        ["x5u"] = ["\"http://127.0.0.1:9/certificate\""],
        ["x5c"] = ["[\"MIIB\"]"],
        ["jwk"] = ["{\"kty\":\"oct\",\"k\":\"AAAA\"}"],
        ["\\u0061lg"] = ["\"none\""],
    };

    private static readonly Dictionary<string, string[]> PayloadValues = new(StringComparer.Ordinal)
    {
        ["sub"] = ["\"mallory\"", "\"Person\"", "\"person \"", "[\"person\"]"],
        ["iss"] = ["\"https://elsewhere.example\"", "[\"https://elsewhere.example\"]"],
        ["aud"] =
        [
            "\"elsewhere\"",
            "[\"elsewhere\",\"buttonize\"]",
            "[[\"buttonize\"]]",
            "\"Buttonize\"",
            "{\"buttonize\":1}",
        ],
        ["exp"] = ["1", "\"9999999999\"", "9999999999.5", "[9999999999]"],
        ["nbf"] = ["1", "9999999999", "\"9999999999\""],
        ["iat"] = ["9999999999", "\"now\""],
        ["nonce"] = ["\"n\""],
        ["at_hash"] = ["\"h\""],
        ["c_hash"] = ["\"h\""],
        ["token_use"] = ["\"id\"", "\"access\"", "[\"access\",\"id\"]"],
        ["scope"] = ["\"openid\"", "[\"openid\"]"],
        ["preferred_username"] = ["\"__\"", "\"\\u202e\""],
        ["name"] = ["\"Ada\""],
        ["email"] = ["\"a@example.com\"", "\"@\""],
        ["email_verified"] = ["true", "\"true\"", "\"TRUE\""],
        ["s\\u0075b"] = ["\"mallory\""],
        ["Sub"] = ["\"mallory\""],
    };

    /// <summary>Any of them; most are good but for one thing.</summary>
    public static readonly Gen<RandomToken> Any = Gen.Select(
        Changes(HeaderValues).Array[0, 2],
        Changes(PayloadValues).Array[0, 3],
        Gen.Frequency((4, Gen.Const((Breakage?)null)), (1, Breakage.Any.Select(b => (Breakage?)b))),
        Gen.Frequency((6, Gen.Const(SignatureKind.Own)), (3, Gen.Enum<SignatureKind>())),
        Gen.Frequency((6, Gen.Const(EncodingKind.AsItIs)), (3, Gen.Enum<EncodingKind>())),
        (header, payload, broken, signature, encoding) =>
            new RandomToken(header, payload, broken, signature, encoding)
    );

    /// <summary>The header's text.</summary>
    public byte[] HeaderText(OpenIdProvider provider) =>
        Broken is { InHeader: true } broken
            ? broken.Of(Text(GoodHeader(provider), Header))
            : System.Text.Encoding.UTF8.GetBytes(Text(GoodHeader(provider), Header));

    /// <summary>The payload's text.</summary>
    public byte[] PayloadText(OpenIdProvider provider, string subject)
    {
        var text = Text(Members(provider.Claims(subject)), Payload);
        return Broken is { InHeader: false } broken
            ? broken.Of(text)
            : System.Text.Encoding.UTF8.GetBytes(text);
    }

    /// <summary>
    /// The token as it is signed, of a person with this subject where the recipe does not change it. A signature under ES256 is another one
    /// each time.
    /// </summary>
    public string Sign(OpenIdProvider provider, SigningKey another, string subject)
    {
        var input =
            $"{Base64Url.EncodeToString(HeaderText(provider))}.{Base64Url.EncodeToString(PayloadText(provider, subject))}";
        var signed = System.Text.Encoding.ASCII.GetBytes(input);
        var own = (Signature == SignatureKind.Another ? another : provider.Key).Sign(signed);
        byte[] signature = Signature switch
        {
            SignatureKind.None => [],
            SignatureKind.Zeros => new byte[64],
            SignatureKind.Cut => own[..^1],
            SignatureKind.Longer => [.. own, 0],
            SignatureKind.OneBit => [(byte)(own[0] ^ 1), .. own[1..]],
            SignatureKind.OtherText => provider.Key.Sign([.. signed, 0]),
            _ => own,
        };
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A signed token as it is sent.</summary>
    public string Encode(string token) =>
        Encoding switch
        {
            EncodingKind.Padded => string.Join('.', token.Split('.').Select(s => s + "==")),
            EncodingKind.StandardAlphabet => token.Replace('-', '+').Replace('_', '/'),
            EncodingKind.TwoParts => token[..token.LastIndexOf('.')],
            EncodingKind.FourParts => token + ".AAAA",
            EncodingKind.FiveParts => token + ".AAAA.AAAA",
            EncodingKind.Doubled => token + token,
            EncodingKind.TrailingDot => token + ".",
            EncodingKind.UpperCase => token.ToUpperInvariant(),
            EncodingKind.SpareBits => token[..^1] + (char)(token[^1] + 1),
            EncodingKind.Percent => token.Replace(".", "%2E", StringComparison.Ordinal),
            _ => token,
        };

    public override string ToString() =>
        $"header {Show(Header)}, payload {Show(Payload)}, {Broken?.ToString() ?? "whole"}, {Signature}, {Encoding}";

    private static Gen<(string, string?)> Changes(Dictionary<string, string[]> values) =>
        Draw.From<string>([.. values.Keys])
            .SelectMany(name =>
                Gen.Frequency(
                        (4, Draw.From<string?>(values[name])),
                        (3, Draw.From<string?>(Anything)),
                        (1, Gen.Const((string?)null))
                    )
                    .Select(json => ValueTuple.Create<string, string?>(name, json))
            );

    private static List<(string Name, string Json)> GoodHeader(OpenIdProvider provider) =>
        Members(
            new JsonObject
            {
                ["alg"] = provider.Key.Algorithm,
                ["kid"] = provider.Key.Id,
                ["typ"] = "at+jwt",
            }
        );

    private static List<(string Name, string Json)> Members(JsonObject of) =>
        [.. of.Select(m => (m.Key, m.Value!.ToJsonString()))];

    private static string Text(
        List<(string Name, string Json)> members,
        (string Name, string? Json)[] changes
    )
    {
        // Every second change leaves the member that was there, so that it is there twice.
        foreach (var (index, (name, json)) in changes.Index())
        {
            if (json is null || index % 2 == 0)
            {
                members.RemoveAll(m => m.Name == name);
            }

            if (json is not null)
            {
                members.Add((name, json));
            }
        }

        return $"{{{string.Join(',', members.Select(m => $"\"{m.Name}\":{m.Json}"))}}}";
    }

    private static string Show((string Name, string? Json)[] changes) =>
        changes.Length == 0
            ? "as it is"
            : string.Join(
                ", ",
                changes.Select(c =>
                    c.Json is null ? $"without {c.Name}"
                    : c.Json.Length > 60
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $"{c.Name}={c.Json[..20]}… ({c.Json.Length})"
                        )
                    : $"{c.Name}={c.Json}"
                )
            );
}

internal enum SignatureKind
{
    Own,
    Another,
    None,
    Zeros,
    Cut,
    Longer,
    OneBit,
    OtherText,
}

internal enum EncodingKind
{
    AsItIs,
    Padded,
    StandardAlphabet,
    TwoParts,
    FourParts,
    FiveParts,
    Doubled,
    TrailingDot,
    UpperCase,
    SpareBits,
    Percent,
}

/// <summary>A text that is no longer what it was.</summary>
internal sealed record Breakage(bool InHeader, int At, byte[] Bytes, int Cut)
{
    public static readonly Gen<Breakage> Any = Gen.Select(
        Gen.Bool,
        Gen.Int[0, 300],
        Gen.OneOf(
            Gen.Byte.Array[0, 3],
            Draw.From<byte[]>(
                [0xEF, 0xBB, 0xBF],
                [0xC0, 0xAF],
                [0xED, 0xA0, 0x80],
                [0],
                [.. "/**/"u8],
                [.. ",\"sub\":\"mallory\""u8]
            )
        ),
        Gen.Int[0, 3],
        (inHeader, at, bytes, cut) => new Breakage(inHeader, at, bytes, cut)
    );

    public byte[] Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var at = Math.Min(At, bytes.Length);
        return [.. bytes[..at], .. Bytes, .. bytes[Math.Min(bytes.Length, at + Cut)..]];
    }

    public override string ToString() =>
        $"{(InHeader ? "header" : "payload")} with {Convert.ToHexString(Bytes)} for {Cut} bytes at {At}";
}
