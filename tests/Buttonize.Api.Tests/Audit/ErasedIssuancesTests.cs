using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Audit;
using Buttonize.Api.Organizations;
using Microsoft.Extensions.DependencyInjection;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>Who is erased is not named in any organization's ledger any more; what they did is still there, under their user id.</summary>
public sealed class ErasedIssuancesTests : IAsyncLifetime
{
    private const string Name = "Karl-Heinz";

    private readonly ShiftedClock clock = new();
    private readonly FaultyDynamoDb dynamoDb;
    private readonly Services services;
    private readonly ControlPlane controlPlane;
    private readonly StoredTable table;
    private Tenant tenant = null!;
    private JoinedMember member = null!;

    public ErasedIssuancesTests(Services services)
    {
        this.services = services;
        dynamoDb = new FaultyDynamoDb(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            configure: s =>
            {
                ControlPlane.WithoutBackgroundWork(s);
                s.AddSingleton<TimeProvider>(clock);
                s.AddSingleton<IAmazonDynamoDB>(dynamoDb);
            }
        );
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ErasedIssuances Erased => controlPlane.Services.GetRequiredService<ErasedIssuances>();

    [Fact]
    public async Task A_session_stays_in_the_ledger_without_whose_it_was()
    {
        var other = await Tenant.CreateAsync(controlPlane, Token);
        var issued = new List<string>();
        foreach (var there in (Tenant[])[tenant, other])
        {
            var client = controlPlane.WithToken(
                controlPlane.Provider.Token(
                    member.Subject,
                    Name,
                    claims: c => JoinedMember.Verified(c, member.Email)
                )
            );
            if (there == other)
            {
                await JoinedMember.JoinAsync(
                    other,
                    [await other.GroupIdAsync("Users", Token)],
                    Token,
                    member.Subject
                );
            }

            var app = await there.RegisterAsync(Token);
            foreach (var person in (HttpClient[])[client, there.Owner])
            {
                (
                    await person.CallAsync(
                        HttpMethod.Post,
                        $"{there.Root}/apps/{app["appId"]}/credentials",
                        null,
                        Token,
                        ("User-Agent", "example/1.0")
                    )
                ).Is(200);
            }
        }

        var before = await EntriesAsync();
        before.Should().HaveCount(4).And.OnlyContain(i => i.ContainsKey("sourceIp"));
        before.Count(i => i["userName"].S == Name).Should().Be(2);

        await EraseAsync(member.Client);

        var after = await EntriesAsync();
        after
            .Where(i => i["userId"].S != member.UserId)
            .Select(Text)
            .Should()
            .Equal(before.Where(i => i["userId"].S != member.UserId).Select(Text));
        foreach (
            var (was, item) in before
                .Zip(after)
                .Where(pair => pair.First["userId"].S == member.UserId)
        )
        {
            Text(item).Should().NotContain("Karl");
            item.Keys.Should().NotContain(["sourceIp", "userAgent"]);
            foreach (var kept in (string[])["pk", "sk", "userId", "accessKeyId", "stsRequestId"])
            {
                item[kept].S.Should().Be(was[kept].S);
            }
        }

        var shown = (
            await tenant.Owner.ListAsync($"{tenant.Root}/issuances?userId={member.UserId}", Token)
        ).Single();
        var identity = $"btnz__{member.UserId}__erased";
        shown["userName"]!.GetValue<string>().Should().Be("erased");
        shown["sourceIdentity"]!.GetValue<string>().Should().Be(identity);
        shown["assumedRoleArn"]!.GetValue<string>().Should().EndWith($"/{identity}");
        shown["assumedRoleId"]!.GetValue<string>().Should().EndWith($":{identity}");
        (shown["sourceIp"], shown["userAgent"]).Should().Be((null, null));
    }

    [Fact]
    public async Task Who_has_many_entries_is_erased_at_once_and_their_entries_soon()
    {
        await controlPlane.RecordAsync(OfMember(750), Token);

        await EraseAsync(member.Client);

        (await NamedAsync()).Should().BeInRange(600, 700);
        await Erased.SweepAllAsync(Token);
        (await NamedAsync()).Should().Be(0);
    }

    [Fact]
    public async Task The_sweeper_finishes_it()
    {
        await controlPlane.RecordAsync(OfMember(150), Token);
        await EraseAsync(member.Client);
        (await NamedAsync()).Should().BeGreaterThan(0);

        await using var second = ControlPlane.Start(services, controlPlane.SharedSettings());
        _ = second
            .Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>()
            .OfType<Sweeper>()
            .Single();

        await Eventually.HoldsAsync(
            NamedAsync,
            named => named == 0,
            TimeSpan.FromSeconds(40),
            Token
        );
    }

    [Fact]
    public async Task An_entry_that_is_written_meanwhile_is_found_by_a_later_pass()
    {
        await EraseAsync(member.Client);

        // A call that was under way writes its entry now; or the index shows one only now.
        await controlPlane.RecordAsync(OfMember(3), Token);
        await Erased.SweepAllAsync(Token);
        (await NamedAsync()).Should().Be(3, "nothing is read in vain until the last pass");

        clock.Advance(ErasedIssuances.Late);
        await Erased.SweepAllAsync(Token);

        (await NamedAsync()).Should().Be(0);
        (await MarksAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_pass_that_began_early_is_not_the_last_however_long_it_takes()
    {
        await controlPlane.RecordAsync(OfMember(150), Token);
        await EraseAsync(member.Client);
        clock.Advance(ErasedIssuances.Late * 2);

        // The rest of the first pass, which began long ago.
        await Erased.SweepAllAsync(Token);
        (await MarksAsync()).Should().Be(1);

        await controlPlane.RecordAsync(OfMember(1), Token);
        await Erased.SweepAllAsync(Token);
        (await NamedAsync()).Should().Be(0);
        (await MarksAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_fault_in_the_ledger_leaves_the_person_erased_and_the_rest_for_later()
    {
        await controlPlane.RecordAsync(OfMember(3), Token);
        dynamoDb.BeforeUpdate = request =>
            request.Key["pk"].S.StartsWith("LEDGER#", StringComparison.Ordinal)
                ? throw new HttpRequestException("Example")
                : Task.CompletedTask;

        await EraseAsync(member.Client);

        (await member.Client.GetAnswerAsync("/v1/me", Token))["userId"]
            .Should()
            .NotBe(member.UserId);
        dynamoDb.BeforeUpdate = null;
        await Erased.SweepAllAsync(Token);
        (await NamedAsync()).Should().Be(0);
    }

    [Fact]
    public async Task What_has_gone_meanwhile_does_not_come_back()
    {
        await controlPlane.RecordAsync(OfMember(3), Token);
        dynamoDb.BeforeUpdate = request =>
            table.DeleteAsync(request.Key["pk"].S, request.Key["sk"].S, Token);

        await EraseAsync(member.Client);

        (await EntriesAsync()).Should().BeEmpty();
        (await MarksAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Who_is_not_erased_after_all_keeps_their_name()
    {
        await controlPlane.RecordAsync(OfMember(3), Token);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}/suspension",
                new { reason = "Example" },
                Token
            )
        ).Is(200);

        (
            await member.Client.CallAsync(
                HttpMethod.Post,
                "/v1/me/erasure",
                new { userId = member.UserId },
                Token
            )
        ).IsProblem(403, "member_suspended");

        await Erased.SweepAllAsync(Token);
        (await NamedAsync()).Should().Be(3);
        (await MarksAsync()).Should().Be(0);
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        member = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Users", Token)],
            Token
        );
    }

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await controlPlane.DisposeAsync();
    }

    private static async Task EraseAsync(HttpClient person)
    {
        var userId = (await person.GetAnswerAsync("/v1/me", Token)).Is(200)["userId"];
        (await person.CallAsync(HttpMethod.Post, "/v1/me/erasure", new { userId }, Token)).Is(204);
    }

    /// <summary>Entries of the member in several organizations.</summary>
    private List<Issuance> OfMember(int count)
    {
        OrganizationId[] organizations =
        [
            OrganizationId.Parse(tenant.OrganizationId),
            OrganizationId.New(),
        ];
        var app = AppId.New();
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    Entries.Of(
                        organizations[i % 2],
                        UserId.Parse(member.UserId),
                        app,
                        clock.GetUtcNow().AddSeconds(-i),
                        Name
                    )
                ),
        ];
    }

    private async Task<IReadOnlyList<Dictionary<string, AttributeValue>>> EntriesAsync() =>
        [
            .. (await table.FindAsync("LEDGER#", Token)).OrderBy(
                i => i["pk"].S + i["sk"].S,
                StringComparer.Ordinal
            ),
        ];

    /// <summary>How many entries tell who the member was.</summary>
    private async Task<int> NamedAsync() =>
        (await EntriesAsync()).Count(i =>
            Text(i).Contains(Name, StringComparison.Ordinal) || i.ContainsKey("sourceIp")
        );

    private async Task<int> MarksAsync() =>
        (await table.FindAsync("ERASED_ISSUANCES", Token)).Count;

    private static string Text(Dictionary<string, AttributeValue> item) =>
        StoredTable.ToJson(new() { M = item }).ToJsonString();
}
