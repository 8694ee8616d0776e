using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Buttonize.Api.Tests.Access;

/// <summary>The provider's keys change, and the provider fails: what callers see of it, and for how long.</summary>
public sealed class KeyRotationTests(Services services)
{
    /// <summary>How long a rotated key may be unknown at most.</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(30);

    /// <summary>What any answer may take.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(6);

    /// <summary>Between two fetches of the keys.</summary>
    private const double RefreshSeconds = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rotated_key_counts_soon_whatever_bad_tokens_arrive_meanwhile()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var provider = controlPlane.Provider;
        var clock = Stopwatch.StartNew();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var flood = Enumerable
            .Range(0, 4)
            .Select(i => FloodAsync(controlPlane, i % 2 == 0, stop.Token))
            .ToArray();
        try
        {
            (await StatusAsync(controlPlane, provider.Token())).Should().Be(HttpStatusCode.OK);
            var old = provider.Token();

            provider.Rotate();

            var rotated = Stopwatch.StartNew();
            await UntilAsync(controlPlane, provider.Token(), HttpStatusCode.OK, Promise);
            rotated.Elapsed.Should().BeLessThan(Promise);
            (await StatusAsync(controlPlane, old)).Should().Be(HttpStatusCode.Unauthorized);
            (await StatusAsync(controlPlane, provider.Token())).Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            await stop.CancelAsync();
        }

        var refused = (await Task.WhenAll(flood)).Sum();
        refused.Should().BePositive();
        provider
            .Fetches.Should()
            .BeLessThanOrEqualTo((int)(clock.Elapsed.TotalSeconds / RefreshSeconds) + 3);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_the_providers_fault_and_passes()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var provider = controlPlane.Provider;
        provider.Down = true;
        var clock = Stopwatch.StartNew();

        using (var response = await GetAsync(controlPlane, provider.Token()))
        {
            clock.Elapsed.Should().BeLessThan(AnswerLimit);
            await response.ShouldRefuseAsync(
                HttpStatusCode.ServiceUnavailable,
                "identity_provider_unavailable",
                Token
            );
            response.Headers.RetryAfter!.Delta.Should().BePositive();
        }

        (await StatusAsync(controlPlane, provider.Token()))
            .Should()
            .Be(HttpStatusCode.ServiceUnavailable);
        provider.Down = false;

        await UntilAsync(controlPlane, provider.Token(), HttpStatusCode.OK, Promise);
    }

    [Fact]
    public async Task A_provider_that_goes_down_later_stops_nobody()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var provider = controlPlane.Provider;
        (await StatusAsync(controlPlane, provider.Token())).Should().Be(HttpStatusCode.OK);
        provider.Down = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var flood = FloodAsync(controlPlane, unknownKey: true, stop.Token);
        var clock = Stopwatch.StartNew();

        // Long enough for the bad tokens to have asked for the keys again.
        while (clock.Elapsed < TimeSpan.FromSeconds(RefreshSeconds + 2))
        {
            (await StatusAsync(controlPlane, provider.Token())).Should().Be(HttpStatusCode.OK);
        }

        await stop.CancelAsync();
        (await flood).Should().BePositive();
    }

    [Fact]
    public async Task A_provider_that_hangs_holds_nobody_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Authentication:Schemes:Bearer:Authority"] = $"http://{silent.LocalEndpoint}",
            }
        );

        async Task<TimeSpan> CallAsync()
        {
            var clock = Stopwatch.StartNew();
            using var response = await GetAsync(controlPlane, controlPlane.Provider.Token());
            await response.ShouldRefuseAsync(
                HttpStatusCode.ServiceUnavailable,
                "identity_provider_unavailable",
                Token
            );
            return clock.Elapsed;
        }

        var took = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CallAsync()));

        took.Should().OnlyContain(each => each < AnswerLimit);
    }

    private static async Task<int> FloodAsync(
        ControlPlane controlPlane,
        bool unknownKey,
        CancellationToken stop
    )
    {
        var refused = 0;
        var attacker = SigningKey.NewEs256();
        while (!stop.IsCancellationRequested)
        {
            var token = OpenIdProvider.Sign(
                controlPlane.Provider.Claims(),
                attacker,
                header =>
                    header["kid"] = unknownKey
                        ? Guid.NewGuid().ToString("N")
                        : controlPlane.Provider.Key.Id
            );
            (await StatusAsync(controlPlane, token)).Should().Be(HttpStatusCode.Unauthorized);
            refused++;

            // A flood, but one that leaves the tests beside it their share of the machine.
            await Task.Delay(5, CancellationToken.None);
        }

        return refused;
    }

    private static async Task UntilAsync(
        ControlPlane controlPlane,
        string token,
        HttpStatusCode wanted,
        TimeSpan limit
    )
    {
        var clock = Stopwatch.StartNew();
        HttpStatusCode status;
        while ((status = await StatusAsync(controlPlane, token)) != wanted)
        {
            clock.Elapsed.Should().BeLessThan(limit, "the answer was {0}", status);
            await Task.Delay(50, Token);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(ControlPlane controlPlane, string token)
    {
        using var response = await GetAsync(controlPlane, token);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> GetAsync(ControlPlane controlPlane, string token)
    {
        using var client = controlPlane.WithToken(token);
        return await client.GetAsync("/v1/me", Token);
    }
}
