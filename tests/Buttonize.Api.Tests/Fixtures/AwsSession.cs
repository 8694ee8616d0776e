using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Buttonize.LocalAws.Tests;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>Keys at a local AWS, and what their holder does with them.</summary>
public sealed class AwsSession(Uri aws, string accessKeyId, string secretAccessKey, string? token)
{
    private static readonly HttpClient Http = new();

    /// <summary>The control plane's own.</summary>
    public static AwsSession OfControlPlane(Uri aws) =>
        new(aws, LocalAwsClient.ControlPlaneKeyId, LocalAwsClient.ControlPlaneSecret, null);

    /// <summary>A session of a role.</summary>
    public async Task<AwsSession> AssumeAsync(
        AssumeRoleRequest request,
        CancellationToken cancellationToken
    )
    {
        using var sts = new AmazonSecurityTokenServiceClient(
            token is null
                ? new BasicAWSCredentials(accessKeyId, secretAccessKey)
                : new SessionAWSCredentials(accessKeyId, secretAccessKey, token),
            new AmazonSecurityTokenServiceConfig
            {
                ServiceURL = aws.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
        var made = (await sts.AssumeRoleAsync(request, cancellationToken)).Credentials;
        return new AwsSession(aws, made.AccessKeyId, made.SecretAccessKey, made.SessionToken);
    }

    /// <summary>Whether AWS lets it invoke a function; fails where it answers anything but yes or an explicit deny.</summary>
    public async Task<bool> MayInvokeAsync(string functionArn, CancellationToken cancellationToken)
    {
        var request = new AwsRequest(
            "lambda",
            $"/2015-03-31/functions/{Uri.EscapeDataString(functionArn)}/invocations",
            Encoding.UTF8.GetBytes("{}")
        )
        {
            Credentials = new LocalAws.Tests.Credentials(accessKeyId, secretAccessKey, token),
            SignedAt = TimeProvider.System.GetUtcNow(),
            ContentType = "application/json",
        };
        using var message = request.Sign(aws);
        using var answer = await Http.SendAsync(message, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            answer.StatusCode.Should().Be(HttpStatusCode.Forbidden, text);
            text.Should().Contain("explicit deny");
            return false;
        }

        text.Should().Be("{}");
        return true;
    }
}
