using System.Diagnostics;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>That a key's use is noted costs the call that uses it nothing.</summary>
public sealed class ApiKeyUseTests : IAsyncLifetime
{
    private readonly ShiftedClock clock = new();
    private readonly HeldWrites dynamoDb;
    private readonly ControlPlane controlPlane;
    private Tenant tenant = null!;

    public ApiKeyUseTests(Services services)
    {
        dynamoDb = new HeldWrites(services.DynamoDb);
        controlPlane = ControlPlane.Start(
            services,
            configure: s =>
                s.AddSingleton<IAmazonDynamoDB>(dynamoDb).AddSingleton<TimeProvider>(clock)
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_use_that_cannot_be_noted_delays_no_call_and_is_tried_once_a_minute(
        bool silent
    )
    {
        dynamoDb.Silent = silent;
        dynamoDb.Held = true;

        await CallAsync();
        await CallAsync();

        await EndAsync(1);
        await CallAsync();
        dynamoDb.Attempts.Should().Be(1, "a failure does not have the next call try again");
        (await LastUsedAsync()).Should().BeNull();
        clock.Advance(TimeSpan.FromSeconds(61));
        await CallAsync();
        await EndAsync(2);
        dynamoDb.Held = false;
        clock.Advance(TimeSpan.FromSeconds(61));
        await CallAsync();

        var noted = await Eventually.HoldsAsync(
            LastUsedAsync,
            at => at is not null,
            TimeSpan.FromSeconds(10),
            Token
        );
        noted.Should().BeCloseTo(clock.GetUtcNow(), TimeSpan.FromSeconds(30));
        dynamoDb.Attempts.Should().Be(3);
        controlPlane
            .Watch.Log.Should()
            .Contain(l => l.Contains("could not be noted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_stops_while_a_use_is_being_noted_stops_at_once()
    {
        dynamoDb.Silent = true;
        dynamoDb.Held = true;
        await CallAsync();
        await Eventually.HoldsAsync(
            () => Task.FromResult(dynamoDb.Attempts),
            attempts => attempts == 1,
            TimeSpan.FromSeconds(10),
            Token
        );
        var watch = Stopwatch.StartNew();

        await controlPlane.DisposeAsync();

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
        controlPlane
            .Watch.Log.Should()
            .NotContain(l => l.Contains("could not be noted", StringComparison.Ordinal));
    }

    public async ValueTask InitializeAsync() =>
        tenant = await Tenant.CreateAsync(controlPlane, Token);

    public async ValueTask DisposeAsync()
    {
        await controlPlane.DisposeAsync();
        dynamoDb.Dispose();
    }

    /// <summary>Many calls at once, each answered long before a write that does not come.</summary>
    private async Task CallAsync()
    {
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => tenant.Deployment.GetAnswerAsync("/v1/apps", Token))
        );
        answers.Should().AllSatisfy(a => a.Is(200));
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(3));
    }

    /// <summary>Until as many attempts as these have been given up.</summary>
    private async Task EndAsync(int attempts) =>
        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    controlPlane.Watch.Log.Count(l =>
                        l.Contains("could not be noted", StringComparison.Ordinal)
                    )
                ),
            given => given == attempts,
            TimeSpan.FromSeconds(10),
            Token
        );

    private async Task<DateTimeOffset?> LastUsedAsync()
    {
        var list = await tenant.Owner.GetAnswerAsync($"{tenant.Root}/api-keys", Token);
        var key = (JsonObject)list.Is(200).Json["items"]!.AsArray().Single()!;
        return key["lastUsedAt"]?.GetValue<DateTimeOffset>();
    }

    /// <summary>DynamoDB, whose writes never answer, heeding no token, or fail, while they are held.</summary>
    private sealed class HeldWrites(Uri endpoint)
        : AmazonDynamoDBClient(
            new AmazonDynamoDBConfig
            {
                ServiceURL = endpoint.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        )
    {
        private int attempts;

        public bool Held { get; set; }

        public bool Silent { get; set; }

        /// <summary>How many single items were to be changed, but for the background work's lease.</summary>
        public int Attempts => Volatile.Read(ref attempts);

        public override Task<UpdateItemResponse> UpdateItemAsync(
            UpdateItemRequest request,
            CancellationToken cancellationToken = default
        )
        {
            if (request.Key["pk"].S.StartsWith("LEASE#", StringComparison.Ordinal))
            {
                return base.UpdateItemAsync(request, cancellationToken);
            }

            Interlocked.Increment(ref attempts);
            return Held
                ? HoldAsync<UpdateItemResponse>()
                : base.UpdateItemAsync(request, cancellationToken);
        }

        public override Task<TransactWriteItemsResponse> TransactWriteItemsAsync(
            TransactWriteItemsRequest request,
            CancellationToken cancellationToken = default
        ) =>
            Held
                ? HoldAsync<TransactWriteItemsResponse>()
                : base.TransactWriteItemsAsync(request, cancellationToken);

        private Task<T> HoldAsync<T>() =>
            Silent
                ? new TaskCompletionSource<T>().Task
                : Task.FromException<T>(
                    new ProvisionedThroughputExceededException("Too many writes.")
                );
    }
}
