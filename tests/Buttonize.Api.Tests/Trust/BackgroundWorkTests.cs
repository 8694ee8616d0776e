using System.Diagnostics;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Apps;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// Who checks roles again in the background, when, and how fast. The local AWS is this class's own, so that its trail has nobody
/// else's checks.
/// </summary>
public sealed class BackgroundWorkTests(Services services) : IAsyncLifetime
{
    /// <summary>A check of a role that is as it should be assumes it twice: before the two that are refused, and after them.</summary>
    private const int SessionsPerCheck = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ShiftedClock clock = new();
    private WebApplication? local;
    private LocalAwsClient aws = null!;
    private ControlPlane first = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        local = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]);
        await local.StartAsync(Token);
        aws = new LocalAwsClient(new Uri(local.Urls.Single()));
        await aws.PutControlPlaneAsync(Token);
        first = Start(new Dictionary<string, string?>());
    }

    public async ValueTask DisposeAsync()
    {
        if (first is not null)
        {
            await first.DisposeAsync();
        }

        if (local is not null)
        {
            await local.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_instances_check_each_app_once_when_it_is_due()
    {
        const int apps = 12;
        await using var second = Start(first.SharedSettings());
        var tenant = await Tenant.CreateAsync(first, Token);
        for (var i = 0; i < apps; i++)
        {
            await tenant.RegisterAsync(Token);
        }

        (await ChecksAsync()).Should().HaveCount(apps).And.OnlyContain(c => c.Value == 1);

        foreach (var (round, after) in new[] { (2, 1), (3, 10), (4, 60), (5, 27 * 60) })
        {
            clock.Advance(TimeSpan.FromMinutes(after));

            var checks = await Eventually.HoldsAsync(
                ChecksAsync,
                found => found.Values.All(count => count >= round),
                Limit,
                Token
            );
            await Eventually.HoldsAsync(
                () => NextChecksAsync(),
                next => next.All(at => at > clock.GetUtcNow()),
                Limit,
                Token
            );

            checks = await ChecksAsync();
            checks.Should().OnlyContain(c => c.Value == round);
        }
    }

    [Fact]
    public async Task A_dead_holders_work_moves_on_when_its_lease_has_run_out()
    {
        using var table = new StoredTable(services.DynamoDb, first.TableName);
        await HoldLeaseAsync(table, clock.GetUtcNow() + (2 * Lease.Duration));

        // What this instance held itself has run out with that.
        clock.Advance(Lease.Duration);
        var tenant = await Tenant.CreateAsync(first, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var app = await Tenant.PostAsync(
            tenant.Deployment,
            "/v1/apps",
            Tenant.Registration(role, externalId),
            Token
        );
        await aws.TrustAsync(role, externalId, Token);

        // Its first retry has been due for long; only, nobody is there to do it.
        (await table.AppAsync(app["appId"]!.GetValue<string>(), Token))["version"]
            .N.Should()
            .Be("1");
        clock.Advance(Lease.Duration);

        await Eventually.HoldsAsync(
            () => StatusAsync(tenant, app["appId"]!.GetValue<string>()),
            status => status == "verified",
            Limit,
            Token
        );
    }

    [Fact]
    public async Task Ten_thousand_apps_that_are_due_at_once_are_spread_and_keep_nobody_waiting()
    {
        const int checks = 40;
        var tenant = await Tenant.CreateAsync(first, Token);
        var model = await tenant.RegisterAsync(Token);
        await PutCopiesAsync(tenant, model["appId"]!.GetValue<string>(), 10_000);
        var watch = Stopwatch.StartNew();
        var before = (await ChecksAsync()).Values.Sum();

        // Meanwhile somebody deploys an app whose role comes a little later.
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var late = await Tenant.PostAsync(
            tenant.Deployment,
            "/v1/apps",
            Tenant.Registration(role, externalId),
            Token
        );
        await aws.TrustAsync(role, externalId, Token);
        await Eventually.HoldsAsync(
            () => StatusAsync(tenant, late["appId"]!.GetValue<string>()),
            status => status == "verified",
            TimeSpan.FromSeconds(30),
            Token
        );

        var done = await Eventually.HoldsAsync(
            async () => (await ChecksAsync()).Values.Sum() - before,
            count => count >= checks,
            Limit,
            Token
        );

        // Four a second, and the first second's worth at once; the new app's own check, and what is under way, are not in it.
        var most = (4 * (watch.Elapsed.TotalSeconds + 1)) + 1;
        ((double)done).Should().BeLessThanOrEqualTo(most, "issuing must not have to compete");
        var next = (await NextChecksAsync())
            .Where(at => at > clock.GetUtcNow() + TimeSpan.FromHours(20))
            .ToList();
        next.Should().HaveCountGreaterThanOrEqualTo(checks / 2);
        (next.Max() - next.Min())
            .Should()
            .BeGreaterThan(
                TimeSpan.FromHours(1),
                "what was due together is not due together again"
            );
    }

    private ControlPlane Start(Dictionary<string, string?> settings)
    {
        settings["AWS_ENDPOINT_URL_STS"] = local!.Urls.Single();
        return ControlPlane.Start(services, settings, s => s.AddSingleton<TimeProvider>(clock));
    }

    /// <summary>How often the role of each app was checked, by the sessions that the checks opened.</summary>
    private async Task<Dictionary<string, int>> ChecksAsync() =>
        (await aws.TrailAsync("AssumeRole", "123456789012", Token))
            .Select(e => e!["requestParameters"]!["roleSessionName"]!.GetValue<string>())
            .Where(name => name.StartsWith("btnz__trust-probe__", StringComparison.Ordinal))
            .GroupBy(name => name)
            .ToDictionary(g => g.Key, g => g.Count() / SessionsPerCheck);

    private async Task<List<DateTimeOffset>> NextChecksAsync()
    {
        using var table = new StoredTable(services.DynamoDb, first.TableName);
        return
        [
            .. (await table.FindAsync("ORGANIZATION#", Token, "APP#")).Select(app =>
                DateTimeOffset.Parse(
                    app[TableDefinition.CheckAtAttribute].S,
                    System.Globalization.CultureInfo.InvariantCulture
                )
            ),
        ];
    }

    private static async Task<string> StatusAsync(Tenant tenant, string appId) =>
        (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{appId}", Token)).Is(200).Json[
            "verification"
        ]!["status"]!.GetValue<string>();

    /// <summary>Makes somebody the holder who will never renew it.</summary>
    private static async Task HoldLeaseAsync(StoredTable table, DateTimeOffset until)
    {
        var key = Key.Lease("verification");
        await table.PutAsync(
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
            {
                ["pk"] = new() { S = key.Partition },
                ["sk"] = new() { S = key.Sort },
                ["v"] = new() { N = "1" },
                ["holder"] = new() { S = "somebody-who-died" },
                ["until"] = new() { S = Item.Format(until) },
            },
            Token
        );
    }

    /// <summary>Stores copies of an app, as if each had been registered a day ago.</summary>
    private async Task PutCopiesAsync(Tenant tenant, string appId, int count)
    {
        var cancellationToken = Token;
        var store = first.Services.GetRequiredService<AppStore>();
        var ring = await first.Services.GetRequiredService<DataKeys>().GetAsync(cancellationToken);
        var organization = OrganizationId.Parse(tenant.OrganizationId);
        var model = (await store.FindAsync(organization, AppId.Parse(appId), cancellationToken))!;
        var externalId = await first
            .Services.GetRequiredService<ExternalIds>()
            .OpenAsync(model.SealedExternalId, organization, model.Id, cancellationToken);
        var now = clock.GetUtcNow();
        using var table = new StoredTable(services.DynamoDb, first.TableName);
        await table.PutManyAsync(
            Enumerable
                .Range(0, count)
                .Select(_ => AppId.New())
                .Select(id =>
                    AppItems
                        .Write(
                            model with
                            {
                                Id = id,
                                SealedExternalId = ExternalIds.Seal(
                                    ring,
                                    externalId,
                                    organization,
                                    id
                                ),
                                Verification = model.Verification with
                                {
                                    Since = now - TimeSpan.FromDays(1),
                                    NextCheckAt = now,
                                },
                            }
                        )
                        .Attributes
                ),
            cancellationToken
        );
    }
}
