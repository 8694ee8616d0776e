using Buttonize.Local.DynamoDb;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;

[assembly: AssemblyFixture(typeof(Buttonize.Api.Tests.Fixtures.Services))]

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>What all tests of this assembly share: a real DynamoDB, a local AWS and a real OpenID provider.</summary>
public sealed class Services : IAsyncLifetime
{
    /// <summary>The control plane's account.</summary>
    public const string ControlPlaneAccount = LocalAwsClient.ControlPlaneAccount;

    private DynamoDbLocal? dynamoDb;
    private WebApplication? aws;

    public Uri DynamoDb => dynamoDb!.Endpoint;

    public Uri Aws { get; private set; } = null!;

    public OpenIdProviders OpenId { get; } = new();

    public async ValueTask InitializeAsync()
    {
        // The control plane's own credentials, as its operator would give them: through the SDK's default chain.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", LocalAwsClient.ControlPlaneKeyId);
        Environment.SetEnvironmentVariable(
            "AWS_SECRET_ACCESS_KEY",
            LocalAwsClient.ControlPlaneSecret
        );
        var cancellationToken = TestContext.Current.CancellationToken;
        dynamoDb = await DynamoDbLocal.StartAsync(null, cancellationToken);
        aws = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]);
        await aws.StartAsync(cancellationToken);
        Aws = new Uri(aws.Urls.Single());
        await OpenId.StartAsync(cancellationToken);
        await new LocalAwsClient(Aws).PutControlPlaneAsync(cancellationToken);
        await WarmUpAsync(cancellationToken);
    }

    /// <summary>
    /// Answers one call, however long that takes: while everything is compiled for the first time on a busy machine, a call can take
    /// longer than the limits that the tests are about.
    /// </summary>
    private async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        await using var controlPlane = ControlPlane.Start(this);
        using var person = controlPlane.SignedIn("warm-up");
        await Eventually.HoldsAsync(
            async () =>
            {
                using var response = await person.GetAsync("/v1/me", cancellationToken);
                return response.IsSuccessStatusCode;
            },
            answered => answered,
            TimeSpan.FromMinutes(2),
            cancellationToken
        );
    }

    public async ValueTask DisposeAsync()
    {
        await OpenId.DisposeAsync();
        if (aws is not null)
        {
            await aws.DisposeAsync();
        }

        if (dynamoDb is not null)
        {
            await dynamoDb.DisposeAsync();
        }
    }
}
