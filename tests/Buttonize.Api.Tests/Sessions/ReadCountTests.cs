using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Organizations;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>What the main call reads of DynamoDB does not grow with the organization; what it writes is one item by itself.</summary>
public sealed class ReadCountTests : IAsyncLifetime
{
    private const int Members = 10_000;
    private const int Groups = 1_000;
    private const int GroupsOfOneMember = 50;

    private readonly RecordedDynamoDb dynamoDb;
    private readonly ControlPlane controlPlane;
    private readonly StoredTable table;
    private Tenant tenant = null!;
    private string path = null!;

    public ReadCountTests(Services services)
    {
        dynamoDb = new RecordedDynamoDb(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            configure: s =>
            {
                ControlPlane.WithoutBackgroundWork(s);
                s.AddSingleton<IAmazonDynamoDB>(dynamoDb);
            }
        );
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_main_call_reads_as_much_of_a_large_organization_as_of_a_small_one()
    {
        var small = await MeasureAsync(groups: ["Users"], fill: false);
        var large = await MeasureAsync(groups: ["Users"], fill: true);
        var inManyGroups = await MeasureAsync(
            [.. Enumerable.Range(0, GroupsOfOneMember).Select(GroupName)],
            fill: true
        );

        // The member, the organization and the app; then, unless they are remembered, the member's groups with the organization's version; and
        // the ledger's entry, which nobody else's call writes or reads.
        small
            .Should()
            .BeEquivalentTo(
                new Reads(
                    First: ["BatchGetItem of 3", "TransactGetItems of 2", "PutItem"],
                    Warm: ["BatchGetItem of 3", "PutItem"],
                    AfterAChangeOfGroups: ["BatchGetItem of 3", "TransactGetItems of 2", "PutItem"],
                    OfTheOwner: ["BatchGetItem of 3", "PutItem"]
                ),
                options => options.WithStrictOrdering()
            );
        large.Should().BeEquivalentTo(small, options => options.WithStrictOrdering());
        inManyGroups
            .Should()
            .BeEquivalentTo(
                small with
                {
                    First = ["BatchGetItem of 3", "TransactGetItems of 51", "PutItem"],
                    AfterAChangeOfGroups =
                    [
                        "BatchGetItem of 3",
                        "TransactGetItems of 51",
                        "PutItem",
                    ],
                },
                options => options.WithStrictOrdering()
            );
    }

    public async ValueTask InitializeAsync() =>
        await controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token);

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await controlPlane.DisposeAsync();
    }

    /// <summary>What the main call of a member reads in a new organization.</summary>
    /// <param name="groups">The member's groups.</param>
    /// <param name="fill">Whether the organization is large.</param>
    private async Task<Reads> MeasureAsync(IReadOnlyList<string> groups, bool fill)
    {
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
        var member = await JoinedMember.JoinAsync(tenant, Token);
        if (fill)
        {
            await FillAsync(member);
        }

        var ids = (await tenant.Owner.ListAsync($"{tenant.Root}/groups", Token)).ToDictionary(
            group => (string)group["name"]!,
            group => (string)group["groupId"]!
        );
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}",
                new { groups = groups.Select(name => ids[name]) },
                Token
            )
        ).Is(200);

        // From here on nothing is remembered of the organization's groups. The key that the External ID is sealed with is.
        await ChangeAGroupAsync();
        var ofTheOwner = await ReadsOfAsync(tenant.Owner);
        return new Reads(
            First: await ReadsOfAsync(member.Client),
            Warm: await ReadsOfAsync(member.Client),
            AfterAChangeOfGroups: await AfterAsync(ChangeAGroupAsync),
            OfTheOwner: ofTheOwner
        );

        async Task<IReadOnlyList<string>> AfterAsync(Func<Task> change)
        {
            await change();
            return await ReadsOfAsync(member.Client);
        }
    }

    /// <summary>
    /// Writes members and groups into the table after the example of real ones: to invite ten thousand people would take long.
    /// </summary>
    private async Task FillAsync(JoinedMember member)
    {
        var partition = $"ORGANIZATION#{tenant.OrganizationId}";
        var items = await table.FindAsync(partition, Token);
        var example = items.Single(i => i["sk"].S == $"MEMBER#{member.UserId}");
        var users = await tenant.GroupIdAsync("Users", Token);
        var group = items.Single(i => i["sk"].S == $"GROUP#{users}");
        await table.PutManyAsync(
            Enumerable
                .Range(0, Members)
                .Select(i => $"{i:D21}")
                .Select(id => new Dictionary<string, AttributeValue>(example)
                {
                    ["sk"] = new() { S = $"MEMBER#{id}" },
                    ["userId"] = new() { S = id },
                }),
            Token
        );
        await table.PutManyAsync(
            Enumerable
                .Range(0, Groups)
                .Select(i => (Id: Id<Group>.New().Value, Name: GroupName(i)))
                .Select(made => new Dictionary<string, AttributeValue>(group)
                {
                    ["sk"] = new() { S = $"GROUP#{made.Id}" },
                    ["groupId"] = new() { S = made.Id },
                    ["name"] = new() { S = made.Name },
                    ["isDefault"] = new() { BOOL = false },
                }),
            Token
        );
    }

    private static string GroupName(int number) => $"Group {number}";

    private Task ChangeAGroupAsync() => tenant.MakeGroupAsync($"Any {Guid.NewGuid():N}", [], Token);

    /// <summary>What one main call asks of DynamoDB.</summary>
    private async Task<IReadOnlyList<string>> ReadsOfAsync(HttpClient client)
    {
        dynamoDb.Asked.Clear();
        (await client.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
        return [.. dynamoDb.Asked];
    }

    /// <summary>What the main call reads at different times.</summary>
    private sealed record Reads(
        IReadOnlyList<string> First,
        IReadOnlyList<string> Warm,
        IReadOnlyList<string> AfterAChangeOfGroups,
        IReadOnlyList<string> OfTheOwner
    );

    /// <summary>Writes down every request that goes to DynamoDB.</summary>
    private sealed class RecordedDynamoDb : AmazonDynamoDBClient
    {
        public RecordedDynamoDb(Uri endpoint)
            : base(
                new AmazonDynamoDBConfig
                {
                    ServiceURL = endpoint.ToString(),
                    AuthenticationRegion = "eu-central-1",
                }
            ) =>
            BeforeRequestEvent += (_, asked) =>
                Asked.Enqueue(Describe(((WebServiceRequestEventArgs)asked).Request));

        public ConcurrentQueue<string> Asked { get; } = new();

        private static string Describe(AmazonWebServiceRequest request) =>
            request switch
            {
                BatchGetItemRequest batch =>
                    $"BatchGetItem of {batch.RequestItems.Values.Sum(items => items.Keys.Count)}",
                TransactGetItemsRequest together =>
                    $"TransactGetItems of {together.TransactItems.Count}",
                PutItemRequest => "PutItem",
                _ => request.GetType().Name,
            };
    }
}
