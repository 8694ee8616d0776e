using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.EndToEnd.Tests.Deployment;

/// <summary>CloudFormation's side of custom resources: calls the handler, and takes its answers.</summary>
public sealed class CustomResources : IAsyncDisposable
{
    public const string StackId =
        "arn:aws:cloudformation:eu-central-1:123456789012:stack/Example/9f3c1d20-0000-11ee-be56-0242ac120002";

    private static readonly string Runtime = Path.Join(
        AppContext.BaseDirectory,
        "Deployment",
        "lambda-runtime.mjs"
    );

    private readonly ConcurrentDictionary<string, ConcurrentQueue<JsonObject>> answers = new();
    private readonly WebApplication app;

    private CustomResources(WebApplication app) => this.app = app;

    /// <summary>The one secret that its Secrets Manager has, under whatever name.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Everything that the handler has logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public static async Task<CustomResources> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var host = new CustomResources(builder.Build());
        host.app.MapPut("/{requestId}", host.TakeAsync);
        host.app.MapPost("/", host.GetSecretValue);
        await host.app.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>The command that runs a function's code, as local AWS wants it.</summary>
    public static string[] Command(string folder, string handler) =>
        ["node", Runtime, folder, handler];

    /// <summary>Calls the handler once, and gives its answer, of which there has to be one.</summary>
    /// <param name="function">The handler's function.</param>
    /// <param name="change">The event, without what CloudFormation adds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="seconds">The function's timeout.</param>
    public async Task<CustomResourceAnswer> CallAsync(
        HandlerFunction function,
        JsonObject change,
        CancellationToken cancellationToken,
        int seconds = 900
    )
    {
        var requestId = change["RequestId"]?.GetValue<string>() ?? Guid.NewGuid().ToString();
        var complete = change.DeepClone().AsObject();
        complete["RequestId"] = requestId;
        complete["StackId"] = StackId;
        // CloudFormation's own is presigned: everything that counts is in its query.
        complete["ResponseURL"] = $"{app.Urls.Single()}/{requestId}?signature=secret";
        answers[requestId] = new ConcurrentQueue<JsonObject>();

        var start = new ProcessStartInfo(
            "node",
            [.. Command(function.Folder, function.Handler)[1..], $"{seconds}"]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What Lambda gives its functions: a Region, credentials, and the AWS SDK.
        start.Environment["AWS_REGION"] = "eu-central-1";
        start.Environment["AWS_ACCESS_KEY_ID"] = "AKIAHANDLER000000000";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "of-the-handlers-role";
        start.Environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = app.Urls.Single();
        start.Environment["NODE_PATH"] = Path.Join(
            Repository.Root,
            "src/buttonize-cdk/node_modules"
        );
        foreach (var (name, value) in function.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await using var stop = cancellationToken.Register(() => process.Kill());
        var log = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(complete.ToJsonString());
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        Log.Enqueue(await log + await output);
        process.ExitCode.Should().Be(0, await output);
        return new CustomResourceAnswer(
            answers[requestId].Should().ContainSingle("CloudFormation wants one answer").Which
        );
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private IResult GetSecretValue(HttpRequest request) =>
        request.Headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
            ? Results.Json(
                new { Name = "buttonize/api-key", SecretString = Secret },
                new System.Text.Json.JsonSerializerOptions(),
                "application/x-amz-json-1.1"
            )
            : Results.BadRequest();

    private async Task<IResult> TakeAsync(string requestId, HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        // Amazon S3, where the address leads, refuses another content type than the one that was signed, which is none.
        request.ContentType.Should().BeNullOrEmpty();
        body.Length.Should().BeLessThan(4096, "CloudFormation takes no more");
        answers[requestId].Enqueue(JsonNode.Parse(body)!.AsObject());
        return Results.Ok();
    }
}

/// <summary>The code that a custom resource is handled by, as the template has it.</summary>
public sealed record HandlerFunction(
    string Folder,
    string Handler,
    IReadOnlyDictionary<string, string> Environment
);

/// <summary>What a handler told CloudFormation.</summary>
public sealed class CustomResourceAnswer(JsonObject document)
{
    public bool Succeeded => document["Status"]!.GetValue<string>() == "SUCCESS";

    public string Reason => document[nameof(Reason)]?.GetValue<string>() ?? "";

    public string PhysicalResourceId => document[nameof(PhysicalResourceId)]!.GetValue<string>();

    public bool NoEcho => document[nameof(NoEcho)]?.GetValue<bool>() ?? false;

    public string Attribute(string name) => document["Data"]![name]!.GetValue<string>();
}
