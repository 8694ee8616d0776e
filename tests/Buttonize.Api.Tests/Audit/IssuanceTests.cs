using System.Net;
using System.Text.Json.Nodes;
using Buttonize.Api.Audit;
using CsCheck;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>What the ledger says of a session that was issued.</summary>
public sealed class IssuanceTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private Tenant tenant = null!;
    private JsonObject app = null!;
    private string path = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "")]
    [InlineData("GET", "/process")]
    [InlineData("GET", "/container")]
    public async Task An_entry_says_what_the_customers_trail_says(string method, string format)
    {
        (
            await tenant.Owner.CallAsync(
                new HttpMethod(method),
                path + format,
                null,
                Token,
                ("User-Agent", "example/1.0")
            )
        ).Is(200);

        var entry = (await EntriesAsync()).Single();
        var role = app["executionRoleArn"]!.GetValue<string>();
        var recorded = (await shared.ControlPlane.Aws.SessionsAsync(role, Token)).Single();
        var answered = recorded["responseElements"]!;
        Values(entry)
            .Should()
            .Equal(
                new Dictionary<string, string?>
                {
                    ["issuanceId"] = Values(entry)["issuanceId"],
                    ["issuedAt"] = Values(entry)["issuedAt"],
                    ["userId"] = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"],
                    ["userName"] = "Zoë",
                    ["appId"] = app["appId"]!.GetValue<string>(),
                    ["executionRoleArn"] = role,
                    ["accessKeyId"] = (string?)answered["credentials"]!["accessKeyId"],
                    ["assumedRoleArn"] = (string?)answered["assumedRoleUser"]!["arn"],
                    ["assumedRoleId"] = (string?)answered["assumedRoleUser"]!["assumedRoleId"],
                    ["sourceIdentity"] = (string?)answered["sourceIdentity"],
                    ["expiration"] = Values(entry)["expiration"],
                    ["stsRequestId"] = (string?)recorded["requestID"],
                    ["region"] = "eu-central-1",
                    ["stsRegion"] = "eu-central-1",
                    ["localDevelopment"] = "false",
                    ["sourceIp"] = "127.0.0.1",
                    ["userAgent"] = "example/1.0",
                }
            );
        UserId.TryParse(Values(entry)["issuanceId"], out _).Should().BeTrue();
        var issuedAt = entry["issuedAt"]!.GetValue<DateTimeOffset>();
        issuedAt.Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(30));
        entry["expiration"]!
            .GetValue<DateTimeOffset>()
            .Should()
            .BeCloseTo(issuedAt.AddMinutes(15), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_session_of_local_development_is_marked_as_one()
    {
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                path,
                new { localDevelopment = true },
                Token
            )
        ).Is(200);

        (await EntriesAsync()).Single()["localDevelopment"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public async Task What_is_refused_and_a_proof_have_no_entry()
    {
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                path.Replace("/credentials", "/suspension", StringComparison.Ordinal),
                new { reason = "Example" },
                Token
            )
        ).Is(200);
        (await tenant.Owner.CallAsync(HttpMethod.Post, path, null, Token)).Is(409);
        (
            await tenant.Deployment.CallAsync(
                HttpMethod.Post,
                $"/v1/apps/{app["appId"]}/verification",
                null,
                Token
            )
        ).Is(200);

        (await EntriesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task No_secret_is_stored()
    {
        var answer = (await tenant.Owner.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
        var credentials = answer.Json["credentials"]!;

        var item = (
            await shared.Table.FindAsync($"LEDGER#{tenant.OrganizationId}", Token)
        ).Single();

        var text = StoredTable.ToJson(new() { M = item }).ToJsonString();
        text.Should().Contain((string)credentials["accessKeyId"]!);
        text.Should()
            .NotContain((string)credentials["secretAccessKey"]!)
            .And.NotContain((string)credentials["sessionToken"]!);
    }

    [Fact]
    public async Task An_entry_is_kept_as_long_as_the_operator_says()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["Buttonize:Audit:RetentionDays"] = "3" }
        );
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var there = await Tenant.CreateAsync(controlPlane, Token);
        var registered = await there.RegisterAsync(Token);
        (
            await there.Owner.CallAsync(
                HttpMethod.Post,
                $"{there.Root}/apps/{registered["appId"]}/credentials",
                null,
                Token
            )
        ).Is(200);

        var item = (await table.FindAsync("LEDGER#", Token)).Single();

        DateTimeOffset
            .FromUnixTimeSeconds(
                long.Parse(item["expiresAt"].N, System.Globalization.CultureInfo.InvariantCulture)
            )
            .Should()
            .BeCloseTo(TimeProvider.System.GetUtcNow().AddDays(3), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Many_people_at_once_all_have_their_entries()
    {
        var users = await tenant.GroupIdAsync("Users", Token);
        List<HttpClient> people = [tenant.Owner];
        for (var i = 0; i < 4; i++)
        {
            people.Add((await JoinedMember.JoinAsync(tenant, [users], Token)).Client);
        }

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(i => people[i % people.Count].CallAsync(HttpMethod.Post, path, null, Token))
        );

        var issued = answers.Where(a => a.Status == 200).ToList();
        issued.Should().HaveCount(40);
        (await EntriesAsync())
            .Texts("accessKeyId")
            .Should()
            .BeEquivalentTo(issued.Select(a => (string)a.Json["credentials"]!["accessKeyId"]!));
    }

    [Fact]
    public async Task The_ledger_outlives_its_organization()
    {
        (await tenant.Owner.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
        var before = await LedgerAsync();
        (
            await tenant.Deployment.CallAsync(
                HttpMethod.Delete,
                $"/v1/apps/{app["appId"]}",
                null,
                Token
            )
        ).Is(204);
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);
        await Eventually.HoldsAsync(
            () => shared.Table.FindAsync($"ORGANIZATION#{tenant.OrganizationId}", Token),
            items => items.Count == 0,
            TimeSpan.FromSeconds(40),
            Token
        );

        (await LedgerAsync()).Should().Equal(before).And.ContainSingle();
        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/issuances", Token)).IsProblem(
            404,
            "not_found"
        );

        async Task<IReadOnlyList<string>> LedgerAsync() =>
            [
                .. (await shared.Table.FindAsync($"LEDGER#{tenant.OrganizationId}", Token)).Select(
                    i => StoredTable.ToJson(new() { M = i }).ToJsonString()
                ),
            ];
    }

    [Fact]
    public void A_user_agent_is_cut_and_cannot_write_to_a_terminal() =>
        Gen.String[Gen.Char, 0, 400]
            .Sample(sent =>
            {
                var kept = ClientDetails.Of(null, sent).UserAgent;
                (kept is null).Should().Be(sent.Length == 0);
                (kept ?? "").Length.Should().BeLessThanOrEqualTo(ClientDetails.MaximumUserAgent);
                foreach (var rune in (kept ?? "").EnumerateRunes())
                {
                    System.Text.Rune.IsControl(rune).Should().BeFalse();
                }

                if (sent.All(c => c is >= ' ' and <= '~'))
                {
                    (kept ?? "").Should().Be(sent[..Math.Min(sent.Length, 256)]);
                }
            });

    [Theory]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("::1", "::1")]
    public void An_address_is_shown_as_what_it_is(string connection, string shown) =>
        ClientDetails.Of(IPAddress.Parse(connection), null).SourceIp.Should().Be(shown);

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token, name: "Zoë");
        app = await tenant.RegisterAsync(Token);
        path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<IReadOnlyList<JsonObject>> EntriesAsync() =>
        tenant.Owner.ListAsync($"{tenant.Root}/issuances", Token);

    private static Dictionary<string, string?> Values(JsonObject entry) =>
        entry.ToDictionary(m => m.Key, m => m.Value?.ToString());
}
