using System.Net;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Audit;
using Microsoft.Extensions.DependencyInjection;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Audit;

/// <summary>The ledger as JSON lines: whole, or visibly broken off.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private const string Lines = "application/x-ndjson";

    /// <summary>Five pieces, and more than the connection's buffers hold.</summary>
    private const int Many = 950;

    private readonly HttpClient streaming = new();
    private readonly GatedQueries dynamoDb;
    private readonly ControlPlane controlPlane;
    private Tenant tenant = null!;
    private string path = null!;

    public ExportTests(Services services)
    {
        dynamoDb = new GatedQueries(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            configure: s =>
            {
                ControlPlane.WithoutBackgroundWork(s);
                s.AddSingleton<IAmazonDynamoDB>(dynamoDb);
            }
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_in_the_range_comes_as_it_stands_in_the_list()
    {
        var entries = await FillAsync(Many);
        var listed = await tenant.Owner.ListAsync(path, Token);

        var answer = (await ExportAsync(tenant.Owner, path)).Is(200);

        answer.ContentType!.MediaType.Should().Be(Lines);
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        answer.Text.Should().EndWith("}\n");
        var lines = Parse(answer.Text);
        lines.Should().HaveCount(Many);
        lines.Select(l => l.ToJsonString()).Should().Equal(listed.Select(l => l.ToJsonString()));

        var (from, to) = (entries[300].IssuedAt, entries[600].IssuedAt);
        var range =
            $"?from={Uri.EscapeDataString($"{from:O}")}&to={Uri.EscapeDataString($"{to:O}")}";
        Parse((await ExportAsync(tenant.Owner, path + range)).Is(200).Text)
            .Texts("issuanceId")
            .Should()
            .Equal(entries[300..600].AsEnumerable().Reverse().Select(e => e.Id.Value));
    }

    [Fact]
    public async Task An_export_of_nothing_is_empty()
    {
        var answer = (await ExportAsync(tenant.Owner, path)).Is(200);

        answer.Text.Should().BeEmpty();
        answer.ContentType!.MediaType.Should().Be(Lines);
    }

    [Fact]
    public async Task A_member_exports_their_own_entries()
    {
        await FillAsync(3);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var own = Entries.Of(
            OrganizationId.Parse(tenant.OrganizationId),
            UserId.Parse(member.UserId),
            AppId.New(),
            TimeProvider.System.GetUtcNow()
        );
        await controlPlane.RecordAsync([own], Token);

        Parse((await ExportAsync(member.Client, path)).Is(200).Text)
            .Texts("issuanceId")
            .Should()
            .Equal(own.Id.Value);
    }

    [Theory]
    [InlineData("?limit=10", "limit")]
    [InlineData("?limit=", "limit")]
    [InlineData("?cursor=abc", "cursor")]
    public async Task An_export_has_no_pages(string query, string member) =>
        (await ExportAsync(tenant.Owner, path + query)).IsProblem(400, "validation_failed", member);

    [Theory]
    [InlineData("application/x-ndjson", Lines)]
    [InlineData("Application/X-NDJSON", Lines)]
    [InlineData("application/x-ndjson, */*;q=0.1", Lines)]
    [InlineData("application/json;q=0.5, application/x-ndjson", Lines)]
    [InlineData("application/json, application/x-ndjson;q=0.5", "application/json")]
    [InlineData("application/json, application/x-ndjson", "application/json")]
    [InlineData("application/x-ndjson;q=0", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/html", "application/json")]
    [InlineData(";;;", "application/json")]
    [InlineData("", "application/json")]
    public async Task Whoever_prefers_lines_gets_lines_and_everybody_else_JSON(
        string accept,
        string contentType
    )
    {
        var answer = await tenant.Owner.CallAsync(
            HttpMethod.Get,
            path,
            null,
            Token,
            ("Accept", accept)
        );

        answer.Is(200).ContentType!.MediaType.Should().Be(contentType);
    }

    [Fact]
    public async Task Both_forms_are_described()
    {
        var document = (await controlPlane.Anonymous().GetAnswerAsync("/openapi/v1.json", Token))
            .Is(200)
            .Json;

        var call = document["paths"]!["/v1/organizations/{organizationId}/issuances"]!["get"]!;
        call["responses"]!["200"]!
            ["content"]
            .Members()
            .Should()
            .BeEquivalentTo("application/json", Lines);
        call["parameters"]!
            .AsArray()
            .Select(p => p!["name"]!.GetValue<string>())
            .Should()
            .Contain(["userId", "appId", "from", "to", "limit", "cursor"]);
    }

    [Fact]
    public async Task What_comes_is_sent_before_the_rest_is_read()
    {
        await FillAsync(Many);
        dynamoDb.HoldAfter(1);

        using var response = await StartAsync(tenant.Owner);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var first = await reader.ReadLineAsync(Token);

        first.Should().Contain("issuanceId");
        dynamoDb.Release();
        (await reader.ReadToEndAsync(Token))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should()
            .HaveCount(Many - 1);
    }

    [Fact]
    public async Task A_person_has_two_exports_at_once_and_no_more()
    {
        await FillAsync(Many);
        dynamoDb.HoldAfter(0);
        var running = new List<HttpResponseMessage>();
        for (var export = 0; export < 2; export++)
        {
            dynamoDb.LetPass(1);
            running.Add(await StartAsync(tenant.Owner));
            await Eventually.HoldsAsync(
                () => Task.FromResult(dynamoDb.Held),
                held => held == running.Count,
                TimeSpan.FromSeconds(20),
                Token
            );
        }

        var refused = await ExportAsync(tenant.Owner, path);

        refused.IsProblem(429, "rate_limited");
        refused.Headers.RetryAfter!.Delta.Should().BePositive();
        (await tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200);
        dynamoDb.Release();
        foreach (var response in running)
        {
            (await response.Content.ReadAsStringAsync(Token)).Should().EndWith("}\n");
            response.Dispose();
        }

        await Eventually.HoldsAsync(
            () => ExportAsync(tenant.Owner, path),
            again => again.Status == 200,
            TimeSpan.FromSeconds(20),
            Token
        );
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("suspended")]
    [InlineData("without the permission")]
    public async Task Who_loses_the_right_does_not_read_on(string how)
    {
        await FillAsync(Many);
        var member = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );
        dynamoDb.HoldAfter(1);
        using var response = await StartAsync(member.Client);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        (await reader.ReadLineAsync(Token)).Should().Contain("issuanceId");

        var there = $"{tenant.Root}/members/{member.UserId}";
        (
            how switch
            {
                "removed" => await tenant.Owner.CallAsync(HttpMethod.Delete, there, null, Token),
                "suspended" => await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{there}/suspension",
                    new { reason = "Example" },
                    Token
                ),
                _ => await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    there,
                    new { groups = Array.Empty<string>() },
                    Token
                ),
            }
        )
            .Status.Should()
            .BeOneOf(200, 204);
        dynamoDb.Release();

        var (lines, broken) = await ReadOnAsync(reader);

        broken.Should().BeTrue();
        lines.Should().BeLessThan(Many / 2);
    }

    [Fact]
    public async Task A_fault_in_the_middle_breaks_the_connection()
    {
        await FillAsync(Many);
        dynamoDb.HoldAfter(1);
        using var response = await StartAsync(tenant.Owner);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        (await reader.ReadLineAsync(Token)).Should().Contain("issuanceId");

        dynamoDb.Fail();
        var (lines, broken) = await ReadOnAsync(reader);

        broken.Should().BeTrue();
        lines.Should().BeLessThan(Many / 2);
        controlPlane.Watch.Log.Should().Contain(l => l.Contains("broken off"));
    }

    [Fact]
    public async Task A_fault_before_the_first_line_is_a_problem_document()
    {
        await FillAsync(1);
        dynamoDb.HoldAfter(0);
        dynamoDb.Fail();

        (await ExportAsync(tenant.Owner, path)).IsProblem(503, "storage_unavailable");
    }

    [Fact]
    public async Task An_export_may_last_longer_than_any_other_call()
    {
        await FillAsync(Many);
        dynamoDb.HoldAfter(1);
        using var response = await StartAsync(tenant.Owner);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        (await reader.ReadLineAsync(Token)).Should().Contain("issuanceId");

        // The one thing to wait for here is time itself: what ends every other call.
        await Eventually.HoldsAsync(
            () => Task.FromResult(watch.Elapsed),
            elapsed => elapsed > Buttonize.Api.Hosting.RequestDeadline.Limit * 1.2,
            TimeSpan.FromSeconds(20),
            Token
        );
        dynamoDb.Release();

        var (lines, broken) = await ReadOnAsync(reader);
        broken.Should().BeFalse();
        lines.Should().Be(Many - 1);
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        path = $"{tenant.Root}/issuances";
    }

    public ValueTask DisposeAsync()
    {
        dynamoDb.Release();
        streaming.Dispose();
        return controlPlane.DisposeAsync();
    }

    /// <summary>Entries of several people, a second apart.</summary>
    private async Task<List<Issuance>> FillAsync(int count)
    {
        var start = TimeProvider.System.GetUtcNow().AddDays(-1);
        UserId[] people = [UserId.New(), UserId.New()];
        var app = AppId.New();
        var entries = Enumerable
            .Range(0, count)
            .Select(i =>
                Entries.Of(
                    OrganizationId.Parse(tenant.OrganizationId),
                    people[i % 2],
                    app,
                    start.AddSeconds(i)
                )
            )
            .ToList();
        await controlPlane.RecordAsync(entries, Token);
        return entries;
    }

    private static Task<ApiAnswer> ExportAsync(HttpClient client, string path) =>
        client.CallAsync(HttpMethod.Get, path, null, Token, ("Accept", Lines));

    /// <summary>Begins to read past the test's own handler, which would wait for the end.</summary>
    private async Task<HttpResponseMessage> StartAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(controlPlane.Address, path)
        );
        request.Headers.Accept.ParseAdd(Lines);
        request.Headers.Authorization = client.DefaultRequestHeaders.Authorization;
        var response = await streaming.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Token
        );
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return response;
    }

    /// <summary>How many lines came, and whether the connection broke after them.</summary>
    private static async Task<(int Lines, bool Broken)> ReadOnAsync(StreamReader reader)
    {
        var lines = 0;
        try
        {
            while (await reader.ReadLineAsync(Token) is not null)
            {
                lines++;
            }

            return (lines, false);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (lines, true);
        }
    }

    private static List<JsonObject> Parse(string text) =>
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!.AsObject()),
        ];

    /// <summary>A real DynamoDB whose queries of the ledger a test can hold up, or let fail.</summary>
    private sealed class GatedQueries(Uri endpoint)
        : AmazonDynamoDBClient(
            new AmazonDynamoDBConfig
            {
                ServiceURL = endpoint.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        )
    {
        private TaskCompletionSource gate = new();
        private int passing = int.MaxValue;
        private int held;

        /// <summary>How many were held so far.</summary>
        public int Held => Volatile.Read(ref held);

        /// <summary>Lets so many queries of the ledger pass, and holds the others.</summary>
        public void HoldAfter(int queries)
        {
            gate = new TaskCompletionSource();
            LetPass(queries);
        }

        /// <summary>Lets so many more pass; who is held stays so.</summary>
        public void LetPass(int queries) => Volatile.Write(ref passing, queries);

        public void Release() => gate.TrySetResult();

        public void Fail() => gate.TrySetException(new InternalServerErrorException("Example"));

        public override async Task<QueryResponse> QueryAsync(
            QueryRequest request,
            CancellationToken cancellationToken = default
        )
        {
            if (
                request
                    .ExpressionAttributeValues[":partition"]
                    .S.StartsWith("LEDGER#", StringComparison.Ordinal)
                && Interlocked.Decrement(ref passing) < 0
            )
            {
                Interlocked.Increment(ref held);
                await gate.Task.WaitAsync(cancellationToken);
            }

            return await base.QueryAsync(request, cancellationToken);
        }
    }
}
