using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Buttonize.Api.Tests.Access;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>What callers and operators see when AWS STS fails or refuses. The local AWS is this class's own: faults hit everybody.</summary>
public sealed class StsFaultTests(Services services) : IAsyncLifetime
{
    /// <summary>What the whole call may take, whatever STS does.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(6);

    private WebApplication? local;
    private TcpProxy wire = null!;
    private ControlPlane controlPlane = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        local = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]);
        await local.StartAsync(Token);
        wire = new TcpProxy(new Uri(local.Urls.Single()));
        controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_STS"] = wire.Address.ToString() }
        );
        await controlPlane.Aws.PutControlPlaneAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        if (wire is not null)
        {
            await wire.DisposeAsync();
        }

        if (local is not null)
        {
            await local.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("Throttling", 400, 503, "sts_throttled")]
    [InlineData("ThrottlingException", 400, 503, "sts_throttled")]
    [InlineData("InternalFailure", 500, 503, "sts_unavailable")]
    [InlineData("ServiceUnavailable", 503, 503, "sts_unavailable")]
    [InlineData("RegionDisabledException", 403, 409, "sts_region_disabled")]
    [InlineData("ExpiredToken", 403, 503, "control_plane_credentials")]
    [InlineData("ExpiredTokenException", 400, 503, "control_plane_credentials")]
    [InlineData("InvalidClientTokenId", 403, 503, "control_plane_credentials")]
    [InlineData("SignatureDoesNotMatch", 403, 503, "control_plane_credentials")]
    [InlineData("PackedPolicyTooLarge", 400, 409, "session_too_large")]
    [InlineData("AccessDenied", 403, 409, "role_refused")]
    public async Task Faults_are_told_by_their_code(
        string code,
        int status,
        int answerStatus,
        string answerCode
    )
    {
        var (tenant, path) = await DeployAsync();
        await controlPlane.Aws.PutFaultAsync(
            Token,
            new
            {
                service = "sts",
                operation = "AssumeRole",
                kind = "error",
                code,
                status,
            }
        );
        foreach (
            var (method, format) in new[]
            {
                (HttpMethod.Post, ""),
                (HttpMethod.Get, "/process"),
                (HttpMethod.Get, "/container"),
            }
        )
        {
            using var request = new HttpRequestMessage(method, path + format);
            var clock = Stopwatch.StartNew();
            using var response = await tenant.Owner.SendAsync(request, Token);

            clock.Elapsed.Should().BeLessThan(AnswerLimit);
            await response.ShouldRefuseAsync((HttpStatusCode)answerStatus, answerCode, Token);
            response.Headers.CacheControl!.NoStore.Should().BeTrue();
            if (answerStatus == 503)
            {
                response.Headers.RetryAfter!.Delta.Should().BePositive();
            }
            else
            {
                response.Headers.RetryAfter.Should().BeNull();
            }
        }

        await UntilMetricAsync(
            $$"""buttonize_sts_errors_total\{[^}]*code="{{code}}"[^}]*\} [1-9]"""
        );
        await UntilMetricAsync(
            $$"""buttonize_credentials_total\{[^}]*outcome="{{answerCode}}"[^}]*\} 3"""
        );
    }

    [Theory]
    [InlineData("Throttling", 400)]
    [InlineData("InternalFailure", 500)]
    public async Task A_passing_fault_is_not_noticed(string code, int status)
    {
        var (tenant, path) = await DeployAsync();
        await controlPlane.Aws.PutFaultAsync(
            Token,
            new
            {
                service = "sts",
                operation = "AssumeRole",
                kind = "error",
                code,
                status,
                count = 1,
            }
        );

        using var response = await tenant.Owner.PostAsync(path, null, Token);

        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        await UntilMetricAsync("""buttonize_credentials_total\{[^}]*outcome="issued"[^}]*\} 1\b""");
        await UntilMetricAsync($$"""buttonize_sts_errors_total\{[^}]*code="{{code}}"[^}]*\} 1\b""");
        await UntilMetricAsync(
            """buttonize_sts_duration_seconds_count\{[^}]*operation="AssumeRole"[^}]*\} [2-9]"""
        );
        await UntilMetricAsync("buttonize_packed_policy_size_percent_count");
    }

    [Theory]
    [InlineData("Throttling", 400, 3)]
    [InlineData("InternalFailure", 500, 3)]
    [InlineData("AccessDenied", 403, 1)]
    [InlineData("ExpiredToken", 403, 1)]
    [InlineData("PackedPolicyTooLarge", 400, 1)]
    public async Task Retries_are_few_and_only_where_they_help(string code, int status, int tries)
    {
        var (tenant, path) = await DeployAsync();
        await controlPlane.Aws.PutFaultAsync(
            Token,
            new
            {
                service = "sts",
                operation = "AssumeRole",
                kind = "error",
                code,
                status,
            }
        );

        var before = wire.Requests;

        using var response = await tenant.Owner.PostAsync(path, null, Token);

        response.IsSuccessStatusCode.Should().BeFalse();
        // Not by the metrics: the proof of the role's trust is made of refusals, and they are counted as well.
        (wire.Requests - before)
            .Should()
            .Be(tries);
    }

    [Fact]
    public async Task An_STS_that_does_not_answer_holds_nobody_up()
    {
        var (tenant, path) = await DeployAsync();
        await controlPlane.Aws.PutFaultAsync(
            Token,
            new
            {
                service = "sts",
                operation = "AssumeRole",
                kind = "latency",
                milliseconds = 30_000,
            }
        );
        var clock = Stopwatch.StartNew();

        using var response = await tenant.Owner.PostAsync(path, null, Token);

        clock.Elapsed.Should().BeLessThan(AnswerLimit);
        await response.ShouldRefuseAsync(
            HttpStatusCode.ServiceUnavailable,
            "sts_unavailable",
            Token
        );
    }

    [Fact]
    public async Task An_STS_that_hangs_up_is_unavailable()
    {
        var (tenant, path) = await DeployAsync();
        await controlPlane.Aws.PutFaultAsync(
            Token,
            new
            {
                service = "sts",
                operation = "AssumeRole",
                kind = "drop",
            }
        );

        using var response = await tenant.Owner.PostAsync(path, null, Token);

        await response.ShouldRefuseAsync(
            HttpStatusCode.ServiceUnavailable,
            "sts_unavailable",
            Token
        );
    }

    [Fact]
    public async Task Metrics_name_nobody()
    {
        var (tenant, path) = await DeployAsync();
        using var response = await tenant.Owner.PostAsync(path, null, Token);
        await UntilMetricAsync("""buttonize_credentials_total\{[^}]*outcome="issued""");

        var metrics = await controlPlane.Anonymous().GetStringAsync("/metrics", Token);

        var me = await tenant.Owner.GetFromJsonAsync<JsonObject>("/v1/me", Token);
        metrics
            .Should()
            .NotContain(tenant.OrganizationId)
            .And.NotContain((string)me!["userId"]!)
            .And.NotContain(path.Split('/')[5]);
    }

    private async Task<(Tenant Tenant, string Path)> DeployAsync()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        return (tenant, $"{tenant.Root}/apps/{app["appId"]}/credentials");
    }

    /// <summary>Waits until a line of the metrics matches: they are kept for a moment between two scrapes.</summary>
    private async Task UntilMetricAsync(string pattern)
    {
        var clock = Stopwatch.StartNew();
        string metrics;
        while (
            !Regex.IsMatch(
                metrics = await controlPlane.Anonymous().GetStringAsync("/metrics", Token),
                pattern
            )
        )
        {
            clock
                .Elapsed.Should()
                .BeLessThan(
                    TimeSpan.FromSeconds(10),
                    "{0} is not in {1}",
                    pattern,
                    string.Join(
                        '\n',
                        metrics
                            .Split('\n')
                            .Where(l => l.StartsWith("buttonize", StringComparison.Ordinal))
                    )
                );
            await Task.Delay(50, Token);
        }
    }
}
