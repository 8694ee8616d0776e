using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>The customer's side of a test: roles, functions and the trail of a local AWS.</summary>
public sealed class LocalAwsClient(Uri address)
{
    /// <summary>The control plane's account, as in CloudTrail events of the original product.</summary>
    public const string ControlPlaneAccount = "081205402391";

    public const string ControlPlaneKeyId = "AKIACONTROLPLANE0000";
    public const string ControlPlaneSecret = "control/plane/secret/of/the/tests/0000000";

    private static readonly HttpClient Http = new();

    // Of two that add to one role at once, the later has to know what the earlier added.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private readonly Dictionary<string, Role> roles = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The control plane's principal; without a policy of its own everything is allowed to it.</summary>
    public Task PutControlPlaneAsync(CancellationToken cancellationToken, object? policy = null)
    {
        var principal = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["secretAccessKey"] = ControlPlaneSecret,
            ["accountId"] = ControlPlaneAccount,
            ["arn"] = $"arn:aws:iam::{ControlPlaneAccount}:user/control-plane",
        };
        if (policy is not null)
        {
            principal["policy"] = policy;
        }

        return PutAsync($"_local/principals/{ControlPlaneKeyId}", principal, cancellationToken);
    }

    /// <summary>
    /// A role trusts the control plane's account under this External ID too, beside those that it was given here before: one role can
    /// serve several apps, and what one organization is told of another's role must not hang on its policy. IAM has one role of a name,
    /// whatever its letter case, so another spelling takes the place of the one before.
    /// </summary>
    public Task TrustAsync(
        string roleArn,
        string externalId,
        CancellationToken cancellationToken,
        params string[] functionArns
    ) =>
        PutRoleAsync(
            roleArn,
            known => [.. known.Union([externalId])],
            externalIds => TrustPolicy(externalIds),
            functionArns,
            cancellationToken
        );

    /// <summary>A role has this trust policy from now on, whatever it trusted before; it may invoke what it might.</summary>
    public Task PutRoleAsync(
        string roleArn,
        object trustPolicy,
        CancellationToken cancellationToken,
        params string[] functionArns
    ) => PutRoleAsync(roleArn, _ => [], _ => trustPolicy, functionArns, cancellationToken);

    /// <summary>A role refuses the control plane from now on: its account has given it another External ID.</summary>
    public Task RefuseAsync(string roleArn, CancellationToken cancellationToken) =>
        PutRoleAsync(roleArn, TrustPolicy(["another-external-id-0123456789"]), cancellationToken);

    /// <summary>A trust policy for the control plane's account under any of these External IDs, as the constructs make it.</summary>
    /// <param name="externalIds">What <c>sts:ExternalId</c> may be.</param>
    /// <param name="without">An action that it lacks.</param>
    public static object TrustPolicy(string[] externalIds, string? without = null) =>
        new
        {
            Version = "2012-10-17",
            Statement = new object[]
            {
                new
                {
                    Effect = "Allow",
                    Principal = new { AWS = $"arn:aws:iam::{ControlPlaneAccount}:root" },
                    Action = "sts:AssumeRole",
                    Condition = new
                    {
                        StringEquals = new Dictionary<string, string[]>
                        {
                            ["sts:ExternalId"] = externalIds,
                        },
                    },
                },
                new
                {
                    Effect = "Allow",
                    Principal = new { AWS = $"arn:aws:iam::{ControlPlaneAccount}:root" },
                    Action = new[] { "sts:TagSession", "sts:SetSourceIdentity" }
                        .Where(action => action != without)
                        .ToArray(),
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

    /// <summary>The sessions that a role's account sees of it, newest first; those that only proved its trust are none.</summary>
    public async Task<IReadOnlyList<JsonObject>> SessionsAsync(
        string roleArn,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await TrailAsync("AssumeRole", roleArn.Split(':')[4], cancellationToken))
                .Select(record => record!.AsObject())
                .Where(record =>
                    (string?)record["requestParameters"]?["roleArn"] == roleArn
                    && !((string)record["requestParameters"]!["roleSessionName"]!).StartsWith(
                        "btnz__trust-probe__",
                        StringComparison.Ordinal
                    )
                ),
        ];

    private async Task PutRoleAsync(
        string roleArn,
        Func<string[], string[]> externalIds,
        Func<string[], object> trustPolicy,
        string[] functionArns,
        CancellationToken cancellationToken
    )
    {
        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            var known = roles.GetValueOrDefault(roleArn) ?? new Role(roleArn, [], []);
            if (known.Arn != roleArn)
            {
                await DeleteRoleAsync(known.Arn, cancellationToken);
            }

            var role = new Role(
                roleArn,
                externalIds(known.ExternalIds),
                [.. known.FunctionArns.Union(functionArns)]
            );
            await PutAsync(
                "_local/roles",
                new
                {
                    roleArn,
                    trustPolicy = trustPolicy(role.ExternalIds),
                    policies = role.FunctionArns.Length == 0
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
                                        Resource = role.FunctionArns,
                                    },
                                },
                            },
                        },
                },
                cancellationToken
            );
            roles[roleArn] = role;
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private async Task DeleteRoleAsync(string roleArn, CancellationToken cancellationToken)
    {
        using var response = await Http.DeleteAsync(
            new Uri(address, $"_local/roles?arn={Uri.EscapeDataString(roleArn)}"),
            cancellationToken
        );
        response.EnsureSuccessStatusCode();
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

    /// <summary>A role as it was put last.</summary>
    private sealed record Role(string Arn, string[] ExternalIds, string[] FunctionArns);
}
