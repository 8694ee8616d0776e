using System.Net;
using System.Net.Sockets;
using Buttonize.Api.Access;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;

namespace Buttonize.Api.Tests.Access;

/// <summary>Which of the provider's keys count, by their age, over a real discovery and under a clock of the test's own.</summary>
public sealed class ProviderKeysTests(Services services)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
    private readonly OpenIdProvider provider = services.OpenId.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_quiet_time_the_first_call_already_gets_the_new_keys_and_not_the_withdrawn_ones()
    {
        var keys = KeysOf(provider.Issuer);
        var withdrawn = provider.Key.Id;
        (await IdsAsync(keys)).Should().Equal(withdrawn);
        var present = provider.Rotate().Id;

        clock.Advance(ProviderKeys.Lifetime - Moment);
        (await IdsAsync(keys)).Should().Equal(withdrawn);

        clock.Advance(Moment);
        (await IdsAsync(keys)).Should().Equal(present);
    }

    [Fact]
    public async Task While_the_provider_is_down_the_last_keys_count_for_an_hour_and_no_longer()
    {
        var keys = KeysOf(provider.Issuer);
        var last = (await IdsAsync(keys)).Single();
        provider.Down = true;

        clock.Advance(ProviderKeys.MaximumAge - Moment);
        (await IdsAsync(keys)).Should().Equal(last);

        clock.Advance(Moment);
        var tooOld = () => IdsAsync(keys);
        await tooOld.Should().ThrowAsync<InvalidOperationException>();

        provider.Down = false;
        clock.Advance(ProviderKeys.Interval);
        (await IdsAsync(keys)).Should().Equal(last);
    }

    [Fact]
    public async Task However_many_callers_wait_for_a_provider_that_hangs_there_is_one_fetch()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var keys = KeysOf($"http://{silent.LocalEndpoint}");

        var callers = Enumerable.Range(0, 30).Select(_ => IdsAsync(keys)).ToList();
        using var only = await silent.AcceptTcpClientAsync(Token);
        clock.Advance(ProviderKeys.FetchLimit);

        foreach (var caller in callers)
        {
            await FluentActions
                .Awaiting(() => caller)
                .Should()
                .ThrowAsync<InvalidOperationException>();
        }

        silent.Pending().Should().BeFalse("nobody asked the provider a second time");
    }

    [Fact]
    public async Task Tokens_that_ask_for_fresh_keys_cost_the_provider_one_fetch_in_five_seconds()
    {
        var keys = KeysOf(provider.Issuer);
        await IdsAsync(keys);

        for (var round = 1; round <= 3; round++)
        {
            clock.Advance(ProviderKeys.Interval);
            var fetched = provider.Fetches;
            for (var token = 0; token < 100; token++)
            {
                keys.RequestRefresh();
            }

            await Eventually.HoldsAsync(
                () =>
                {
                    keys.RequestRefresh();
                    return Task.FromResult(provider.Fetches);
                },
                fetches => fetches == fetched + 1,
                TimeSpan.FromSeconds(20),
                Token
            );
        }

        provider.Fetches.Should().Be(4);
    }

    private ProviderKeys KeysOf(string issuer) =>
        new(
            $"{issuer}/.well-known/openid-configuration",
            new HttpDocumentRetriever { RequireHttps = false },
            clock
        );

    private static async Task<IEnumerable<string>> IdsAsync(ProviderKeys keys) =>
        (await keys.GetConfigurationAsync(Token)).JsonWebKeySet.Keys.Select(k => k.KeyId);
}
