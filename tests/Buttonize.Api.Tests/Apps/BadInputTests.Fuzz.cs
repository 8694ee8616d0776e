using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Hostile;
using CsCheck;

namespace Buttonize.Api.Tests.Apps;

/// <summary>Random bodies, in a place of their own. How to run them for longer: docs/hostile-input.md.</summary>
public sealed partial class BadInputTests
{
    private const int Bodies = 1000;

    /// <summary>Members of all bodies, and what is a member of none.</summary>
    private static readonly string[] Names =
    [
        "name",
        "description",
        "stage",
        "tags",
        "executionRoleArn",
        "externalId",
        "region",
        "functionArns",
        "restrictSessionToFunctions",
        "localDevelopment",
        "expiresAt",
        "appTags",
        "permissions",
        "manageMembers",
        "email",
        "groups",
        "userId",
        "reason",
        "constructor",
        "$type",
        "",
    ];

    private static readonly string[] Values =
    [
        "null",
        "true",
        "false",
        "0",
        "-0.0",
        "-1.5e300",
        "1e999",
        "123456789012345678901234567890",
        "\"\"",
        "\" x \"",
        "\"2099-01-01T00:00:00Z\"",
        "\"2099-06-30T23:59:60+01:00\"",
        "\"2099-01-01T01:02:03.123456789+14:00\"",
        $"\"{Role}\"",
        $"\"{GoodExternalId}\"",
        $"\"{Function}f\"",
        "\"eu-central-1\"",
        "\"\\uD83D\\uDE00 é\\u0301 \\u202e \\u200b \\ufeff \\ufffe\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"<script>alert(1)</script>\"",
        "\"${aws:username}'; DROP TABLE--\"",
        "[\"*\"]",
        "[\"b\",\"a\",\"A\",\"a\\u0301\",\"á\"]",
        "{\"manageMembers\":true,\"manageApps\":false}",
        "{\"manageMembers\":true,\"manageMembers\":false}",
        "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
        "{}",
        "[]",
    ];

    private static readonly Gen<string> Leaf = Gen.OneOf(
        Draw.From(Values),
        Gen.String[0, 20].Select(Json)
    );

    /// <summary>A change of a good body: a member gets a value, there or not, or is there twice; or its text is broken.</summary>
    private static readonly Gen<Func<string, string>> Change = Gen.OneOf(
        Gen.Select(Draw.From(Names), Leaf)
            .Select((name, json) => (Func<string, string>)(text => With(text, name, json))),
        Gen.Select(Draw.From(Names), Leaf)
            .Select(
                (name, json) =>
                    (Func<string, string>)(
                        text => text.Length == 0 ? text : $"{text[..^1]},{Json(name)}:{json}}}"
                    )
            ),
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3], Gen.Char, Gen.Int[1, 6])
            .Select(
                (at, kind, character, length) =>
                    (Func<string, string>)(text => Broken(text, at, kind, character, length))
            )
    );

    private static readonly Gen<RandomBody> RandomBodies = Gen.Select(
        Gen.Enum<Operation>(),
        Gen.Frequency(
            (5, Change.Array[1, 3].Select(changes => new RandomBody { Changes = changes })),
            (3, Gen.Int[0, 4].SelectMany(Tree).Select(text => new RandomBody { Text = text })),
            (1, Gen.Byte.Array[1, 60].Select(bytes => new RandomBody { Bytes = bytes }))
        ),
        (call, body) => body with { Call = call }
    );

    [Fact]
    public async Task Whatever_is_sent_is_refused_in_words_or_stored_as_it_was_sent()
    {
        await using var elsewhere = await place.AnotherAsync();
        var tests = new BadInputTests(elsewhere);
        var stored = 0;
        using var one = new SemaphoreSlim(1);
        await RandomBodies.SampleAsync(
            async body =>
            {
                // One at a time where two would change the same thing.
                await one.WaitAsync(Token);
                try
                {
                    if (await tests.IsStoredAsync(body))
                    {
                        stored++;
                    }
                }
                finally
                {
                    one.Release();
                }
            },
            iter: Bodies,
            threads: 2,
            print: body => body.Show(tests)
        );
        stored.Should().BePositive("some of what is sent is good");
    }

    /// <summary>Sends a body, and holds the answer against it.</summary>
    /// <returns>Whether something was stored and read again.</returns>
    private async Task<bool> IsStoredAsync(RandomBody body)
    {
        var bytes = body.Of(this);
        var answer = await SendAsync(body.Call, ApiCalls.Raw(bytes));
        answer.ShowsNothingInternal();
        if (answer.Status is not (200 or 201))
        {
            answer.IsProblem(answer.Status, answer.Code);
            (answer.Status, answer.Code)
                .Should()
                .BeOneOf(
                    (400, "malformed_json"),
                    (400, "validation_failed"),
                    // The class's app got a role or an External ID that local AWS does not know, or was suspended.
                    (409, "app_not_verified"),
                    (409, "app_suspended"),
                    (409, "role_refused"),
                    (409, "name_taken")
                );
            return false;
        }

        if (bytes.Length == 0 || await ReadAsync(body.Call, answer) is not { } read)
        {
            return false;
        }

        foreach (var (name, value) in JsonNode.Parse(bytes)!.AsObject())
        {
            if (value is not null && name != "externalId")
            {
                IsSame(name, value, read[name])
                    .Should()
                    .BeTrue(
                        $"'{name}' was {value.ToJsonString()}, and is {read[name]?.ToJsonString()}"
                    );
            }
        }

        return true;
    }

    /// <summary>What a call has stored, as others read it; null where it stores nothing, or not yet.</summary>
    private async Task<JsonObject?> ReadAsync(Operation call, ApiAnswer answer)
    {
        var (owner, root) = (place.Tenant.Owner, place.Tenant.Root);
        return call switch
        {
            Operation.Register => await GetAsync(
                place.Tenant.Deployment,
                $"/v1/apps/{answer["appId"]}"
            ),
            // A new role is only noted until it is proven.
            Operation.Replace when answer.Json["pendingReplacement"] is null => await GetAsync(
                place.Tenant.Deployment,
                Path(call)
            ),
            Operation.CreateOrganization => await GetAsync(
                owner,
                $"/v1/organizations/{answer["organizationId"]}"
            ),
            Operation.RenameOrganization => await GetAsync(owner, root),
            Operation.CreateGroup or Operation.ReplaceGroup => await GetAsync(
                owner,
                $"{root}/groups/{answer["groupId"]}"
            ),
            Operation.AssignGroups => await GetAsync(owner, Path(call)),
            Operation.SuspendApp or Operation.SuspendMember => (
                await GetAsync(
                    owner,
                    Path(call).Replace("/suspension", "", StringComparison.Ordinal)
                )
            )["suspension"]!.AsObject(),
            Operation.CreateApiKey => await FindAsync("api-keys", "keyId"),
            Operation.Invite => await FindAsync("invitations", "invitationId"),
            _ => null,
        };

        async Task<JsonObject> GetAsync(HttpClient client, string path) =>
            (await client.GetAnswerAsync(path, Token)).Is(200).Json;

        async Task<JsonObject> FindAsync(string list, string id) =>
            (await owner.ListAsync($"{root}/{list}", Token)).Single(entry =>
                entry[id]!.GetValue<string>() == answer[id]
            );
    }

    private static bool IsSame(string name, JsonNode sent, JsonNode? read) =>
        name switch
        {
            // To the millisecond, as it is stored.
            "expiresAt" => Math.Abs((Time(sent) - Time(read!)).TotalMilliseconds) < 1,
            "permissions" => sent.AsObject()
                .All(permission => JsonNode.DeepEquals(permission.Value, read![permission.Key])),
            "groups" or "appTags" => sent.AsArray()
                .Select(entry => entry!.GetValue<string>())
                .ToHashSet()
                .SetEquals(read!.AsArray().Select(entry => entry!.GetValue<string>())),
            _ => JsonNode.DeepEquals(sent, read),
        };

    private static DateTimeOffset Time(JsonNode of) =>
        DateTimeOffset.Parse(of.GetValue<string>(), CultureInfo.InvariantCulture);

    private static Gen<string> Tree(int levels) =>
        levels == 0
            ? Leaf
            : Gen.OneOf(
                Leaf,
                Tree(levels - 1).Array[0, 4].Select(a => $"[{string.Join(',', a)}]"),
                Gen.Select(Draw.From(Names), Tree(levels - 1))
                    .Array[0, 6]
                    .Select(m =>
                        $"{{{string.Join(',', m.Select(p => $"{Json(p.Item1)}:{p.Item2}"))}}}"
                    )
            );

    /// <summary>A body with this member, in the place of its own where it has it.</summary>
    private static string With(string text, string name, string json)
    {
        try
        {
            var body = JsonNode.Parse(text)!.AsObject();
            var members = body.Select(m => (m.Key, Json: m.Value?.ToJsonString() ?? "null"))
                .Where(m => m.Key != name)
                .Append((name, json));
            return $"{{{string.Join(',', members.Select(m => $"{Json(m.Item1)}:{m.Item2}"))}}}";
        }
        catch (Exception broken)
            when (broken
                    is System.Text.Json.JsonException
                        or InvalidOperationException
                        or ArgumentException
            )
        {
            // Broken by a change before.
            return text;
        }
    }

    private static string Broken(string text, int place, int kind, char character, int cut)
    {
        var at = Math.Min(place, Math.Max(0, text.Length - 1));
        var length = Math.Min(cut, text.Length - at);
        return kind switch
        {
            0 => text.Insert(at, character.ToString()),
            1 => text.Remove(at, length),
            2 => text.Insert(at, text.Substring(at, length)),
            _ => text.Remove(at, length).Insert(at, new string(character, length)),
        };
    }

    /// <summary>A call with a body: changes of a good one, a text, or bytes.</summary>
    private sealed record RandomBody
    {
        public Operation Call { get; init; }
        public Func<string, string>[] Changes { get; init; } = [];
        public string? Text { get; init; }
        public byte[]? Bytes { get; init; }

        public byte[] Of(BadInputTests tests) =>
            Bytes
            ?? Encoding.UTF8.GetBytes(
                Text
                    ?? Changes.Aggregate(
                        tests.GoodBody(Call).ToJsonString(),
                        (text, change) => change(text)
                    )
            );

        public string Show(BadInputTests tests) => $"{Call} {Encoding.UTF8.GetString(Of(tests))}";
    }
}
