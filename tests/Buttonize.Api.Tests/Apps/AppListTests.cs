using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Apps;

namespace Buttonize.Api.Tests.Apps;

/// <summary>The list of apps shows what its reader may use, whole and once, however many there are and whatever comes and goes meanwhile.</summary>
public sealed class AppListTests : IAsyncLifetime
{
    private readonly ControlPlane controlPlane;
    private readonly StoredTable table;
    private Tenant tenant = null!;

    public AppListTests(Services services)
    {
        controlPlane = ControlPlane.Start(services, configure: ControlPlane.WithoutBackgroundWork);
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => $"{tenant.Root}/apps";

    [Fact]
    public async Task A_member_sees_the_apps_of_all_their_groups_narrowed_by_tag_and_stage()
    {
        var a = await RegisterAsync("production", "support", "eu");
        var b = await RegisterAsync("staging", "support");
        var c = await RegisterAsync("production", "billing", "eu");
        var d = await RegisterAsync("production", "secret", "eu");
        var e = await RegisterAsync("Production");
        var member = await JoinedMember.JoinAsync(
            tenant,
            [
                await tenant.MakeGroupAsync("A", ["support"], Token),
                await tenant.MakeGroupAsync("B", ["billing"], Token),
            ],
            Token
        );

        foreach (
            var (query, ofMember, ofOwner) in new (string, string[], string[])[]
            {
                ("", [a, b, c], [a, b, c, d, e]),
                ("?tag=support", [a, b], [a, b]),
                ("?tag=eu", [a, c], [a, c, d]),
                ("?tag=secret", [], [d]),
                ("?tag=Support", [], []),
                ("?tag=*", [], []),
                ("?stage=production", [a, c], [a, c, d]),
                ("?stage=Production", [], [e]),
                ("?tag=eu&stage=production", [a, c], [a, c, d]),
                ("?tag=support&stage=staging", [b], [b]),
                ("?tag=billing&stage=staging", [], []),
            }
        )
        {
            foreach (
                var (reader, expected) in new[]
                {
                    (member.Client, ofMember),
                    (tenant.Owner, ofOwner),
                }
            )
            {
                foreach (var limit in (int[])[1, 200])
                {
                    (await reader.ListAsync(Path + query, Token, limit))
                        .Texts("appId")
                        .Should()
                        .BeEquivalentTo(expected, $"{query} by {limit}");
                }
            }
        }
    }

    [Fact]
    public async Task The_list_follows_the_groups_at_the_next_call()
    {
        var (a, b) = (
            await RegisterAsync("production", "support"),
            await RegisterAsync("production", "billing")
        );
        var group = await tenant.MakeGroupAsync("A", ["support"], Token);
        var member = await JoinedMember.JoinAsync(tenant, [group], Token);

        foreach (
            var (tags, expected) in new (string[], string[])[]
            {
                (["support"], [a]),
                (["billing"], [b]),
                (["*"], [a, b]),
                ([], []),
            }
        )
        {
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/groups/{group}",
                    new { name = "A", appTags = tags },
                    Token
                )
            ).Is(200);

            (await member.Client.ListAsync(Path, Token))
                .Texts("appId")
                .Should()
                .BeEquivalentTo(expected);
        }
    }

    /// <summary>
    /// The apps are written into the table as copies of one that was registered, and so are most that come while the list is read: to
    /// register a thousand of them would be slow. Some come and go through the API.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Paging_neither_repeats_nor_misses_an_app_that_stayed(bool seesAll)
    {
        const int staying = 1000;
        const int changing = 200;
        const int byApi = 10;
        var example = await ExampleAsync();
        var (stay, go, come) = (
            Copies(example, staying),
            Copies(example, changing - byApi),
            Copies(example, changing - byApi)
        );
        await table.PutManyAsync([.. stay, .. go], Token);
        var goByApi = new List<string>();
        for (var i = 0; i < byApi; i++)
        {
            goByApi.Add(await RegisterAsync("production", "seen"));
        }

        var reader = seesAll
            ? tenant.Owner
            : (
                await JoinedMember.JoinAsync(
                    tenant,
                    [await tenant.MakeGroupAsync("A", ["seen"], Token)],
                    Token
                )
            ).Client;
        var expected = stay.Where(app => seesAll || Tag(app) == "seen").Select(Id).ToList();
        var (toDelete, toAdd) = (
            new Queue<string>(go.Select(Id)),
            new Queue<Dictionary<string, AttributeValue>>(come)
        );
        var (toDeleteByApi, addedByApi) = (new Queue<string>(goByApi), new List<string>());

        var pages = await reader.PagesAsync(Path, limit: 50, Token, between: ChangeAsync);

        var read = pages.SelectMany(page => page).Texts("appId").ToList();
        read.Should().OnlyHaveUniqueItems();
        read.Should().Contain(expected);
        read.Except(expected)
            .Should()
            .BeSubsetOf([
                Id(example),
                .. go.Concat(come).Where(app => seesAll || Tag(app) == "seen").Select(Id),
                .. goByApi,
                .. addedByApi,
            ]);
        (toDelete.Count, toAdd.Count, toDeleteByApi.Count, addedByApi.Count)
            .Should()
            .Be((0, 0, 0, byApi), "all came and went while the list was read");
        (await reader.ListAsync(Path, Token))
            .Texts("appId")
            .Should()
            .BeEquivalentTo([
                .. expected,
                Id(example),
                .. come.Where(app => seesAll || Tag(app) == "seen").Select(Id),
                .. addedByApi,
            ]);

        // After each page a part of them, so that there are some of each kind before and after the place that was reached.
        async Task ChangeAsync()
        {
            for (var i = 0; i < 20 && toDelete.TryDequeue(out var id); i++)
            {
                await table.DeleteAsync(
                    $"ORGANIZATION#{tenant.OrganizationId}",
                    $"APP#{id}",
                    Token
                );
            }

            await table.PutManyAsync(
                Enumerable
                    .Range(0, Math.Min(20, toAdd.Count))
                    .Select(_ => toAdd.Dequeue())
                    .ToList(),
                Token
            );
            if (toDeleteByApi.TryDequeue(out var deleted))
            {
                (
                    await tenant.Deployment.CallAsync(
                        HttpMethod.Delete,
                        $"/v1/apps/{deleted}",
                        null,
                        Token
                    )
                ).Is(204);
                addedByApi.Add(await RegisterAsync("production", "seen"));
            }
        }
    }

    /// <summary>Who may use few of very many apps gets short pages, but each of those apps once, and an end.</summary>
    [Fact]
    public async Task A_member_who_may_use_few_of_very_many_apps_finds_them_all()
    {
        const int many = 5000;
        var example = await ExampleAsync();
        var apps = Copies(example, many);
        foreach (var app in apps)
        {
            app["tags"] = new() { L = [new() { S = "hidden" }] };
        }

        var mine = apps.Where((_, i) => i % 1000 == 7).ToList();
        foreach (var app in mine)
        {
            app["tags"] = new() { L = [new() { S = "mine" }] };
        }

        await table.PutManyAsync(apps, Token);
        var some = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.MakeGroupAsync("A", ["mine"], Token)],
            Token
        );
        var nobody = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.MakeGroupAsync("B", ["unused"], Token)],
            Token
        );

        var pages = await some.Client.PagesAsync(Path, limit: 2, Token);

        pages.SelectMany(page => page).Texts("appId").Should().BeEquivalentTo(mine.Select(Id));
        pages.Should().HaveCountLessThanOrEqualTo(8);
        var empty = await nobody.Client.PagesAsync(Path, limit: 2, Token);
        empty.Should().OnlyContain(page => page.Count == 0).And.HaveCountLessThanOrEqualTo(4);
    }

    public async ValueTask InitializeAsync() =>
        tenant = await Tenant.CreateAsync(controlPlane, Token);

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await controlPlane.DisposeAsync();
    }

    private static string Id(Dictionary<string, AttributeValue> app) => app["appId"].S;

    private static string Tag(Dictionary<string, AttributeValue> app) => app["tags"].L[0].S;

    private async Task<string> RegisterAsync(string stage, params string[] tags) =>
        (string)
            (
                await tenant.RegisterAsync(
                    Token,
                    change: body =>
                    {
                        body["stage"] = stage;
                        body["tags"] = new JsonArray([.. tags]);
                    }
                )
            )["appId"]!;

    private async Task<Dictionary<string, AttributeValue>> ExampleAsync() =>
        await table.AppAsync(await RegisterAsync("production", "seen"), Token);

    /// <summary>Copies under ids of their own, every other one with a tag that only some see.</summary>
    private static List<Dictionary<string, AttributeValue>> Copies(
        Dictionary<string, AttributeValue> example,
        int count
    ) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => (Id: Id<App>.New().Value, Tag: i % 2 == 0 ? "seen" : "hidden"))
                .Select(copy => new Dictionary<string, AttributeValue>(example)
                {
                    ["sk"] = new() { S = $"APP#{copy.Id}" },
                    ["appId"] = new() { S = copy.Id },
                    ["tags"] = new() { L = [new() { S = copy.Tag }] },
                }),
        ];
}
