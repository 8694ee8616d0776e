using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Tests.Storage;

/// <summary>A list that leaves out most of what is stored costs a few queries a page, and its pages together are the whole of it.</summary>
public sealed class PagesTests(Services services) : IAsyncLifetime
{
    private const int Apps = 3000;

    /// <summary>A page's queries, and what it takes to know who calls.</summary>
    private const int RequestsOfAPage = 10 + 4;

    private TcpProxy wire = null!;
    private ControlPlane controlPlane = null!;
    private StoredTable table = null!;
    private Tenant tenant = null!;
    private JsonObject app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_filter_that_takes_nothing_ends_in_a_few_calls()
    {
        await FillAsync(tagged: []);

        var pages = await PagesAsync(limit: 1);

        pages.Should().HaveCountLessThanOrEqualTo(3).And.OnlyContain(page => page.Count == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_filter_that_takes_a_few_finds_each_of_them_once(int limit)
    {
        int[] places = [0, 1, 5, 200, 201, 202, 1200, 1803, 1804, 2400, Apps - 1];
        var tagged = await FillAsync(places);

        var pages = await PagesAsync(limit);

        pages.SelectMany(page => page).Should().Equal(tagged);
        pages.Should().OnlyContain(page => page.Count <= limit);
        pages.Should().HaveCountLessThanOrEqualTo((places.Length / limit) + 3);
    }

    [Fact]
    public async Task A_list_without_a_filter_asks_for_what_it_shows()
    {
        await FillAsync(tagged: []);
        var before = wire.Requests;

        var page = (await tenant.Deployment.GetAnswerAsync("/v1/apps?limit=2", Token)).Is(200);

        page.Json["items"]!.AsArray().Should().HaveCount(2);
        page.Json["nextCursor"].Should().NotBeNull();
        (wire.Requests - before).Should().BeLessThanOrEqualTo(3);
    }

    public async ValueTask InitializeAsync()
    {
        wire = new TcpProxy(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString(),
            },
            ControlPlane.WithoutBackgroundWork
        );
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        app = await tenant.RegisterAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await controlPlane.DisposeAsync();
        await wire.DisposeAsync();
    }

    /// <summary>Makes many apps after the example of one, with the tag at some places in the order of the list.</summary>
    /// <returns>The ids of those with the tag, in that order.</returns>
    private async Task<List<string>> FillAsync(int[] tagged)
    {
        var example = await table.AppAsync(app["appId"]!.GetValue<string>(), Token);
        var items = Enumerable
            .Range(0, Apps)
            .Select(place => new Dictionary<string, AttributeValue>(example)
            {
                ["sk"] = new() { S = $"APP#{Id(place)}" },
                ["appId"] = new() { S = Id(place) },
                ["tags"] = new() { L = tagged.Contains(place) ? [new() { S = "rare" }] : [] },
            });
        await table.PutManyAsync(items, Token);
        return [.. tagged.Select(Id)];
    }

    // Ids are in the order of their places.
    private static string Id(int place) => $"{place:D21}";

    private async Task<List<List<string>>> PagesAsync(int limit)
    {
        var pages = new List<List<string>>();
        string? cursor = null;
        do
        {
            var before = wire.Requests;
            var query = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = (
                await tenant.Owner.GetAnswerAsync(
                    $"{tenant.Root}/apps?tag=rare&limit={limit}{query}",
                    Token
                )
            ).Is(200);
            (wire.Requests - before).Should().BeLessThanOrEqualTo(RequestsOfAPage);
            pages.Add([
                .. page.Json["items"]!.AsArray().Select(a => a!["appId"]!.GetValue<string>()),
            ]);
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        return pages;
    }
}
