using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.LocalAws.Tests;

/// <summary>An instance of its own for one test, on a free port, with a clock that stands still.</summary>
internal sealed class LocalAws : IAsyncDisposable
{
    public const string CallerAccount = "081205402391";
    public const string CustomerAccount = "123456789012";
    public const string CallerArn = $"arn:aws:iam::{CallerAccount}:user/control-plane";
    public const string RoleArn = $"arn:aws:iam::{CustomerAccount}:role/Demo";
    public const string FunctionArn =
        $"arn:aws:lambda:eu-central-1:{CustomerAccount}:function:discounts";
    public const string ExternalId = "external-id-0123456789";

    public static readonly Credentials Caller = new("AKIAIOSFODNN7EXAMPLE", "caller/Secret+Key");

    private readonly WebApplication app;

    /// <summary>Certificates of these tests are their own: nobody has signed them.</summary>
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate?.Subject == "CN=127.0.0.1",
            },
        }
    );

    private readonly TimeProvider time;

    private LocalAws(WebApplication app, TimeProvider time)
    {
        this.app = app;
        this.time = time;
    }

    /// <summary>The clock of an instance that was not started with the system's.</summary>
    public FakeTimeProvider Clock => (FakeTimeProvider)time;

    public Uri Address =>
        new(app.Urls.Single().Replace("[::]", "127.0.0.1", StringComparison.Ordinal));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty one.</summary>
    public static Task<LocalAws> StartEmptyAsync(params string[] args) =>
        StartAsync(
            new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero)),
            args
        );

    /// <summary>With a caller that may do everything, and a role of another account that trusts it as it should be.</summary>
    public static async Task<LocalAws> StartAsync(params string[] args) =>
        await FurnishAsync(await StartEmptyAsync(args));

    /// <summary>For what reads the real clock: other programs, and real waiting.</summary>
    public static async Task<LocalAws> StartWithSystemClockAsync() =>
        await FurnishAsync(await StartAsync(TimeProvider.System));

    /// <summary>Like <see cref="StartAsync(string[])"/>, with a clock of the test's own.</summary>
    public static async Task<LocalAws> StartFurnishedAsync(TimeProvider time) =>
        await FurnishAsync(await StartAsync(time));

    /// <summary>An empty one with a clock of the test's own.</summary>
    public static async Task<LocalAws> StartAsync(TimeProvider time, params string[] args)
    {
        var app = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0", .. args], time);
        await app.StartAsync(Cancellation);
        return new LocalAws(app, time);
    }

    private static async Task<LocalAws> FurnishAsync(LocalAws aws)
    {
        await aws.PutCallerAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke());
        return aws;
    }

    public Task PutCallerAsync(object? policy = null, string arn = CallerArn)
    {
        var body = new Dictionary<string, object>
        {
            ["secretAccessKey"] = Caller.SecretAccessKey,
            ["accountId"] = arn.Split(':')[4],
            ["arn"] = arn,
        };
        if (policy is not null)
        {
            body["policy"] = policy;
        }
        return PutAsync($"principals/{Caller.AccessKeyId}", body);
    }

    public Task PutRoleAsync(object trustPolicy, params object[] policies) =>
        PutRoleOfAsync(RoleArn, trustPolicy, policies);

    /// <summary>Another role than <see cref="RoleArn"/>.</summary>
    public Task PutRoleOfAsync(string roleArn, object trustPolicy, params object[] policies) =>
        PutAsync(
            "roles",
            new
            {
                roleArn,
                trustPolicy,
                policies,
            }
        );

    public Task PutFunctionAsync(
        string shell,
        int? timeoutSeconds = null,
        bool? dataEvents = null
    ) =>
        PutAsync(
            "functions",
            new
            {
                functionArn = FunctionArn,
                command = new[] { "/bin/sh", "-c", shell },
                timeoutSeconds,
                dataEvents,
            }
        );

    /// <summary>An admin call that has to succeed.</summary>
    public async Task PutAsync(string path, object body)
    {
        var answer = await AdminAsync(HttpMethod.Put, path, body);
        answer.Status.Should().Be(204, answer.Text);
    }

    public Task<AwsAnswer> AdminAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(
            new HttpRequestMessage(method, new Uri(Address, "/_local/" + path))
            {
                Content = body switch
                {
                    null => null,
                    string json => new StringContent(json, Encoding.UTF8, "application/json"),
                    _ => JsonContent.Create(body),
                },
            }
        );

    public async Task<JsonElement[]> TrailAsync(string? accountId = null, string? eventName = null)
    {
        var query = string.Join(
            '&',
            new[]
            {
                accountId is null ? null : $"accountId={accountId}",
                eventName is null ? null : $"eventName={eventName}",
            }.OfType<string>()
        );
        var answer = await AdminAsync(HttpMethod.Get, $"cloudtrail?{query}");
        return [.. answer.Json.GetProperty("Records").EnumerateArray()];
    }

    /// <summary>An STS call; <paramref name="change"/> bends what is signed and sent.</summary>
    public Task<AwsAnswer> StsAsync(
        string action,
        IEnumerable<KeyValuePair<string, string>> parameters,
        Credentials? credentials = null,
        Func<AwsRequest, AwsRequest>? change = null
    )
    {
        var form = parameters
            .Prepend(new("Version", "2011-06-15"))
            .Prepend(new("Action", action))
            .Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}");
        var request = new AwsRequest("sts", "/", Encoding.UTF8.GetBytes(string.Join('&', form)))
        {
            Credentials = credentials ?? Caller,
            SignedAt = time.GetUtcNow(),
        };
        return SendAsync((change?.Invoke(request) ?? request).Sign(Address));
    }

    public Task<AwsAnswer> WhoAmIAsync(
        Credentials? credentials = null,
        Func<AwsRequest, AwsRequest>? change = null
    ) => StsAsync("GetCallerIdentity", [], credentials, change);

    public Task<AwsAnswer> AssumeAsync(
        AssumeRoleParameters? parameters = null,
        Credentials? credentials = null,
        Func<AwsRequest, AwsRequest>? change = null
    ) => StsAsync("AssumeRole", parameters ?? new AssumeRoleParameters(), credentials, change);

    /// <summary>A session of the role, which has to be given.</summary>
    public async Task<Credentials> SessionAsync(AssumeRoleParameters? parameters = null)
    {
        var answer = await AssumeAsync(parameters);
        answer.Status.Should().Be(200, answer.Text);
        return answer.Credentials;
    }

    public Task<AwsAnswer> InvokeAsync(
        Credentials credentials,
        string payload = "{}",
        string function = "discounts",
        Func<AwsRequest, AwsRequest>? change = null
    )
    {
        var request = new AwsRequest(
            "lambda",
            $"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations",
            Encoding.UTF8.GetBytes(payload)
        )
        {
            Credentials = credentials,
            SignedAt = time.GetUtcNow(),
            ContentType = "application/json",
        };
        return SendAsync((change?.Invoke(request) ?? request).Sign(Address));
    }

    public async Task<AwsAnswer> SendAsync(HttpRequestMessage message)
    {
        var answer = await http.SendAsync(message, Cancellation);
        return new AwsAnswer(answer, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public Task StopAsync() => app.StopAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }
}
