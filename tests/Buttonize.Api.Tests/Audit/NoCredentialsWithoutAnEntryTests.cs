using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2;
using Buttonize.Api.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Audit;

/// <summary>No credentials leave without an entry in the ledger, whatever keeps it from being written.</summary>
public sealed partial class NoCredentialsWithoutAnEntryTests : IAsyncLifetime
{
    private readonly FaultyDynamoDb dynamoDb;
    private readonly ControlPlane controlPlane;
    private readonly StoredTable table;
    private Tenant tenant = null!;
    private string path = null!;
    private string role = null!;

    public NoCredentialsWithoutAnEntryTests(Services services)
    {
        dynamoDb = new FaultyDynamoDb(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            configure: s => s.AddSingleton<IAmazonDynamoDB>(dynamoDb)
        );
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<PutFault, string> EveryFaultInEveryFormat()
    {
        var data = new TheoryData<PutFault, string>();
        foreach (var fault in Enum.GetValues<PutFault>().Where(f => f != PutFault.None))
        {
            foreach (var format in (string[])["", "/process", "/container"])
            {
                data.Add(fault, format);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryFaultInEveryFormat))]
    public async Task A_session_whose_entry_is_not_written_is_dropped(PutFault fault, string format)
    {
        dynamoDb.Fault = fault;
        var watch = Stopwatch.StartNew();
        var answer = await IssueAsync(format);

        answer.IsProblem(503, "storage_unavailable");
        watch.Elapsed.Should().BeLessThan(EveryCall.Promise);
        answer.Headers.RetryAfter.Should().NotBeNull();
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        Credentials().IsMatch(answer.Text + answer.Headers).Should().BeFalse();

        // STS has issued it, so it was the entry that kept it here.
        (await controlPlane.Aws.SessionsAsync(role, Token))
            .Should()
            .ContainSingle();

        // And nobody gets that one later: the next is another, with an entry.
        dynamoDb.Fault = PutFault.None;
        var next = (await IssueAsync(format)).Is(200);
        var entries = await EntriesAsync();
        entries.Should().HaveCount(fault == PutFault.AnswerLost ? 2 : 1);
        entries[^1].Should().Be(Credentials().Match(next.Text).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/process")]
    [InlineData("/container")]
    public async Task The_entry_is_there_before_the_answer(string format)
    {
        var held = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        dynamoDb.BeforePut = () =>
        {
            reached.TrySetResult();
            return held.Task;
        };
        var call = IssueAsync(format);
        await reached.Task.WaitAsync(Token);

        call.IsCompleted.Should().BeFalse();
        (await EntriesAsync()).Should().BeEmpty();
        held.SetResult();

        var answer = (await call).Is(200);
        (await EntriesAsync()).Should().Equal(Credentials().Match(answer.Text).Value);
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        role = app["executionRoleArn"]!.GetValue<string>();
        path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
    }

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await controlPlane.DisposeAsync();
    }

    private Task<ApiAnswer> IssueAsync(string format) =>
        tenant.Owner.CallAsync(
            format.Length == 0 ? HttpMethod.Post : HttpMethod.Get,
            path + format,
            null,
            Token
        );

    /// <summary>The keys in the ledger, the newest last.</summary>
    private async Task<IReadOnlyList<string>> EntriesAsync() =>
        [
            .. (await table.FindAsync($"LEDGER#{tenant.OrganizationId}", Token))
                .OrderBy(item => item["sk"].S, StringComparer.Ordinal)
                .Select(item => item["accessKeyId"].S),
        ];

    [GeneratedRegex("ASIA[A-Z0-9]{16}")]
    private static partial Regex Credentials();
}
