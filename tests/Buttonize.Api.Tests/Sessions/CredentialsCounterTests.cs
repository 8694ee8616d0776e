using System.Net;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>What an operator's alert sees of the main call, wherever it was refused or failed.</summary>
public sealed class CredentialsCounterTests(Services services)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_outage_of_storage_and_a_missing_token_are_counted_too()
    {
        await using var proxy = new TcpProxy(services.DynamoDb);
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.Address.ToString(),
            }
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var path = $"{tenant.Root}/apps/AAAAAAAAAAAAAAAAAAAAA/credentials";
        using (var anonymous = controlPlane.Anonymous())
        {
            using var refused = await anonymous.PostAsync(path, null, Token);
            refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }

        proxy.Fault = TcpFault.Refused;
        using (var failed = await tenant.Owner.PostAsync(path, null, Token))
        {
            failed.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        using var client = controlPlane.Anonymous();
        await Eventually.HoldsAsync(
            () => client.GetStringAsync("/metrics", Token),
            metrics =>
                metrics.Contains("outcome=\"unauthenticated\"", StringComparison.Ordinal)
                && metrics.Contains("outcome=\"storage_unavailable\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            Token
        );
    }
}
