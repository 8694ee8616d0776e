using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>The customer's side of a test: roles, functions and the trail of a local AWS.</summary>
public sealed class LocalAwsClient(Uri address)
{
    public const string ControlPlaneKeyId = "AKIACONTROLPLANE0000";
    public const string ControlPlaneSecret = "control/plane/secret/of/the/tests/0000000";

    private static readonly HttpClient Http = new();

    public Task PutControlPlaneAsync(CancellationToken cancellationToken) =>
        PutAsync(
            $"_local/principals/{ControlPlaneKeyId}",
            new
            {
                secretAccessKey = ControlPlaneSecret,
                accountId = Services.ControlPlaneAccount,
                arn = $"arn:aws:iam::{Services.ControlPlaneAccount}:user/control-plane",
            },
            cancellationToken
        );

    /// <summary>A role that trusts the control plane's account under an External ID, as the constructs make it.</summary>
    public Task PutRoleAsync(
        string roleArn,
        string externalId,
        CancellationToken cancellationToken,
        params string[] functionArns
    ) => PutRoleAsync(roleArn, TrustPolicy(externalId), functionArns, cancellationToken);

    public Task PutRoleAsync(
        string roleArn,
        object trustPolicy,
        string[] functionArns,
        CancellationToken cancellationToken
    ) =>
        PutAsync(
            "_local/roles",
            new
            {
                roleArn,
                trustPolicy,
                policies = functionArns.Length == 0
                    ? []
                    : new object[]
                    {
                        new
                        {
                            Version = "2012-10-17",
                            Statement = new[]
                            {
                                new
                                {
                                    Effect = "Allow",
                                    Action = "lambda:InvokeFunction",
                                    Resource = functionArns,
                                },
                            },
                        },
                    },
            },
            cancellationToken
        );

    public static object TrustPolicy(string externalId) =>
        new
        {
            Version = "2012-10-17",
            Statement = new object[]
            {
                new
                {
                    Effect = "Allow",
                    Principal = new { AWS = $"arn:aws:iam::{Services.ControlPlaneAccount}:root" },
                    Action = "sts:AssumeRole",
                    Condition = new
                    {
                        StringEquals = new Dictionary<string, string>
                        {
                            ["sts:ExternalId"] = externalId,
                        },
                    },
                },
                new
                {
                    Effect = "Allow",
                    Principal = new { AWS = $"arn:aws:iam::{Services.ControlPlaneAccount}:root" },
                    Action = new[] { "sts:TagSession", "sts:SetSourceIdentity" },
                },
            },
        };

    /// <summary>A function that answers with the event it got.</summary>
    public Task PutFunctionAsync(string functionArn, CancellationToken cancellationToken) =>
        PutAsync(
            "_local/functions",
            new { functionArn, command = new[] { "cat" } },
            cancellationToken
        );

    public Task PutFaultAsync(CancellationToken cancellationToken, params object[] faults) =>
        PutAsync("_local/faults", faults, cancellationToken);

    public async Task<JsonArray> TrailAsync(
        string eventName,
        string accountId,
        CancellationToken cancellationToken
    )
    {
        var answer = await Http.GetFromJsonAsync<JsonObject>(
            new Uri(address, $"_local/cloudtrail?eventName={eventName}&accountId={accountId}"),
            cancellationToken
        );
        return answer!["Records"]!.AsArray();
    }

    private async Task PutAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Http.PutAsJsonAsync(
            new Uri(address, path),
            body,
            JsonSerializerOptions.Default,
            cancellationToken
        );
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"local AWS refused {path}: {await response.Content.ReadAsStringAsync(cancellationToken)}"
            );
        }
    }
}
