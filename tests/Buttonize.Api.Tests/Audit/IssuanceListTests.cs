using System.Globalization;
using System.Text.Json.Nodes;
using Buttonize.Api.Audit;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>The ledger by organization, person, app and time.</summary>
public sealed class IssuanceListTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly List<Issuance> entries = [];
    private Tenant tenant = null!;
    private Tenant other = null!;
    private UserId[] people = null!;
    private AppId[] apps = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is asked for: a person, an app (an index beyond the last names nobody), and times as seconds from the start.</summary>
    private sealed record Asked(int? Person, int? App, double? From, double? To, int Limit);

    [Fact]
    public async Task Any_filter_shows_what_a_model_of_the_ledger_does()
    {
        await FillAsync();
        var any = Gen.Select(
            Gen.Int[0, 3].Nullable(0.4),
            Gen.Int[0, 3].Nullable(0.4),
            Gen.Double[-10, 310].Nullable(0.4),
            Gen.Double[0.001, 200].Nullable(0.4),
            Gen.Int[1, 60],
            (person, app, from, length, limit) =>
                new Asked(person, app, from, (from ?? 0) + length, limit)
        );

        await any.SampleAsync(
            async asked =>
            {
                var (client, owner) = (tenant.Owner, tenant.OrganizationId);
                var shown = await client.ListAsync(Path(asked), Token, asked.Limit);

                shown.Texts("issuanceId").Should().Equal(Model(asked, owner), asked.ToString());
            },
            iter: 80,
            threads: 2
        );
    }

    [Theory]
    [InlineData("from", "2026-01-31")]
    [InlineData("from", "2026-01-31T12:00:00")]
    [InlineData("from", "2026-02-30T12:00:00Z")]
    [InlineData("from", "2026-01-31T12:00:00 02:00")]
    [InlineData("from", "now")]
    [InlineData("to", "1769860800")]
    [InlineData("to", "0001-01-01T00:00:00%2B14:00")]
    [InlineData("to", "٢٠٢٦-01-31T12:00:00Z")]
    [InlineData("userId", "somebody")]
    [InlineData("userId", "AAAAAAAAAAAAAAAAAAAA%23")]
    [InlineData("appId", "AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("limit", "0")]
    [InlineData("limit", "201")]
    public async Task What_is_no_filter_is_refused_by_name(string member, string value) =>
        (
            await tenant.Owner.GetAnswerAsync($"{tenant.Root}/issuances?{member}={value}", Token)
        ).IsProblem(400, "validation_failed", member);

    [Theory]
    [InlineData("from=2026-01-31T12:00:00Z&from=2026-01-31T12:00:00Z", "from")]
    [InlineData("userId=AAAAAAAAAAAAAAAAAAAAA&userId=AAAAAAAAAAAAAAAAAAAAA", "userId")]
    [InlineData("from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:00Z", "to")]
    [InlineData("from=2026-01-31T12:00:00Z&to=2026-01-31T12:59:59%2B01:00", "to")]
    public async Task Filters_that_contradict_themselves_are_refused(string query, string member) =>
        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/issuances?{query}", Token)).IsProblem(
            400,
            "validation_failed",
            member
        );

    [Theory]
    [InlineData("from=0001-01-01T00:00:00Z")]
    [InlineData("to=9999-12-31T23:59:59.9999999Z")]
    [InlineData("from=9999-12-31T23:59:59.9999999Z")]
    [InlineData("from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:00.000000001Z")]
    public async Task The_ends_of_time_are_times(string query) =>
        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/issuances?{query}", Token))
            .Status.Should()
            .BeOneOf(200, 400);

    [Fact]
    public async Task From_is_inclusive_and_to_is_exclusive_to_the_millisecond()
    {
        var (user, app) = (UserId.New(), AppId.New());
        await RecordAsync([Entries.Of(Organization(tenant), user, app, Start.AddMilliseconds(5))]);

        foreach (
            var (from, to, found) in ((int, int, int)[])
                [(0, 5, 0), (0, 6, 1), (5, 6, 1), (6, 9, 0), (5, 100, 1)]
        )
        {
            (await ListAsync($"appId={app}&from={Time(from / 1e3)}&to={Time(to / 1e3)}"))
                .Should()
                .HaveCount(found);
            (await ListAsync($"userId={user}&from={Time(from / 1e3)}&to={Time(to / 1e3)}"))
                .Should()
                .HaveCount(found);
        }

        // Finer than what is stored: the first stored time that is not before.
        (await ListAsync($"appId={app}&from={Time(0.0050001)}"))
            .Should()
            .BeEmpty();
        (await ListAsync($"appId={app}&to={Time(0.0050001)}")).Should().ContainSingle();
    }

    [Fact]
    public async Task What_has_expired_is_left_out_wherever_it_is_read()
    {
        var (user, app) = (UserId.New(), AppId.New());
        var old = TimeProvider.System.GetUtcNow().AddDays(-400);
        await RecordAsync([
            Entries.Of(Organization(tenant), user, app, old.AddMinutes(-1)),
            Entries.Of(Organization(tenant), user, app, old.AddMinutes(5)),
        ]);
        var range = $"&to={Uri.EscapeDataString(old.AddDays(1).ToString("O"))}";

        foreach (
            var query in (string[])
                [$"userId={user}", $"appId={app}", $"userId={user}&appId={app}", ""]
        )
        {
            (await ListAsync(query + range))
                .Where(e => e["userId"]!.GetValue<string>() == user.Value)
                .Should()
                .ContainSingle(query);
        }
    }

    [Fact]
    public async Task A_cursor_goes_on_in_its_own_list_only()
    {
        await FillAsync();
        var lists = new Dictionary<string, (HttpClient, string)>(StringComparer.Ordinal)
        {
            ["all"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2"),
            ["from"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2&from={Time(1)}"),
            ["to"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2&to={Time(299)}"),
            ["person"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2&userId={people[0]}"),
            ["other person"] = (
                tenant.Owner,
                $"{tenant.Root}/issuances?limit=2&userId={people[1]}"
            ),
            ["app"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2&appId={apps[0]}"),
            ["other app"] = (tenant.Owner, $"{tenant.Root}/issuances?limit=2&appId={apps[1]}"),
            ["person and app"] = (
                tenant.Owner,
                $"{tenant.Root}/issuances?limit=2&userId={people[0]}&appId={apps[0]}"
            ),
            ["person and other app"] = (
                tenant.Owner,
                $"{tenant.Root}/issuances?limit=2&userId={people[0]}&appId={apps[1]}"
            ),
            ["other tenant"] = (other.Owner, $"{other.Root}/issuances?limit=2"),
            ["other tenant's person"] = (
                other.Owner,
                $"{other.Root}/issuances?limit=2&userId={people[0]}"
            ),
            ["other tenant's app"] = (
                other.Owner,
                $"{other.Root}/issuances?limit=2&appId={apps[0]}"
            ),
            ["members"] = (tenant.Owner, $"{tenant.Root}/members?limit=2"),
        };
        var refused = 0;
        foreach (var (name, (client, path)) in lists.Where(l => l.Key != "members"))
        {
            var page = (await client.GetAnswerAsync(path, Token)).Is(200).Json;
            var cursor = Uri.EscapeDataString(page["nextCursor"]!.GetValue<string>());
            foreach (var (there, (reader, elsewhere)) in lists)
            {
                var answer = await reader.GetAnswerAsync($"{elsewhere}&cursor={cursor}", Token);
                if (there == name)
                {
                    answer.Is(200);
                }
                else
                {
                    answer.IsProblem(400, "validation_failed", "cursor");
                    refused++;
                }
            }
        }

        refused.Should().Be(12 * 12);
    }

    [Fact]
    public async Task A_list_is_read_to_its_end_while_entries_are_added()
    {
        var app = AppId.New();
        var user = UserId.New();
        var there = Enumerable
            .Range(0, 9)
            .Select(i => Entries.Of(Organization(tenant), user, app, Start.AddSeconds(i)))
            .ToList();
        await RecordAsync(there);
        var added = 0;

        var pages = await tenant.Owner.PagesAsync(
            $"{tenant.Root}/issuances?appId={app}",
            2,
            Token,
            between: () =>
                RecordAsync([
                    Entries.Of(
                        Organization(tenant),
                        user,
                        app,
                        Start.AddHours(Interlocked.Increment(ref added))
                    ),
                ])
        );

        pages
            .SelectMany(page => page)
            .Texts("issuanceId")
            .Should()
            .Equal(there.AsEnumerable().Reverse().Select(e => e.Id.Value));
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        people = [UserId.New(), UserId.New(), UserId.New()];
        apps = [AppId.New(), AppId.New(), AppId.New()];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static OrganizationId Organization(Tenant tenant) =>
        OrganizationId.Parse(tenant.OrganizationId);

    /// <summary>Entries of the same people and apps in both organizations, several at the same millisecond.</summary>
    private async Task FillAsync()
    {
        var random = new Random(7);
        entries.AddRange(
            Enumerable
                .Range(0, 300)
                .Select(i =>
                    Entries.Of(
                        Organization(i % 3 == 0 ? other : tenant),
                        people[random.Next(people.Length)],
                        apps[random.Next(apps.Length)],
                        Start.AddSeconds(random.Next(300))
                    )
                )
        );
        await RecordAsync(entries);
    }

    private Task RecordAsync(IReadOnlyList<Issuance> some) =>
        shared.ControlPlane.RecordAsync(some, Token);

    private Task<IReadOnlyList<JsonObject>> ListAsync(string query) =>
        tenant.Owner.ListAsync($"{tenant.Root}/issuances?{query}", Token);

    private string Path(Asked asked)
    {
        var parts = new List<string>();
        if (asked.Person is { } person)
        {
            parts.Add($"userId={people.ElementAtOrDefault(person, UserId.New())}");
        }

        if (asked.App is { } app)
        {
            parts.Add($"appId={apps.ElementAtOrDefault(app, AppId.New())}");
        }

        if (asked.From is { } from)
        {
            parts.Add($"from={Time(from)}");
        }

        if (asked.To is { } to)
        {
            parts.Add($"to={Time(to)}");
        }

        return $"{tenant.Root}/issuances?{string.Join('&', parts)}".TrimEnd('?');
    }

    private IEnumerable<string> Model(Asked asked, string organization) =>
        entries
            .Where(e => e.Organization.Value == organization)
            .Where(e => asked.Person is not { } p || people.ElementAtOrDefault(p) == e.User)
            .Where(e => asked.App is not { } a || apps.ElementAtOrDefault(a) == e.App)
            .Where(e => asked.From is not { } from || e.IssuedAt >= At(from))
            .Where(e => asked.To is not { } to || e.IssuedAt < At(to))
            .OrderByDescending(e => e.IssuedAt)
            .ThenByDescending(e => e.Id.Value, StringComparer.Ordinal)
            .Select(e => e.Id.Value);

    private static DateTimeOffset At(double seconds) =>
        DateTimeOffset.ParseExact(
            Uri.UnescapeDataString(Time(seconds)),
            "O",
            CultureInfo.InvariantCulture
        );

    private static string Time(double seconds) =>
        Uri.EscapeDataString(
            Start
                .AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
                .ToString("O", CultureInfo.InvariantCulture)
        );
}

/// <summary>Arrays, with something else where they end.</summary>
internal static class ArrayEnds
{
    public static T ElementAtOrDefault<T>(this T[] array, int index, T otherwise) =>
        index < array.Length ? array[index] : otherwise;
}
