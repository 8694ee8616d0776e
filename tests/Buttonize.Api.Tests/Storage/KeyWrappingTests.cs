using System.Security.Cryptography;
using Amazon.DynamoDBv2.Model;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Tests.Storage;

/// <summary>The data keys are wrapped by a key file or by KMS; the wrong one stops the start with one line.</summary>
public sealed class KeyWrappingTests(Services services) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("buttonize-test-").FullName;

    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_file_is_made_for_its_owner_alone_in_development()
    {
        var file = Path.Join(folder, "new", "folder", "key");
        await using (Start(KeyFile(file)))
        {
            Convert
                .FromBase64String((await File.ReadAllTextAsync(file, Token)).Trim())
                .Should()
                .HaveCount(32);
        }

        if (!OperatingSystem.IsWindows())
        {
            // The fixture removed its own file only.
            Directory
                .GetFiles(Path.GetDirectoryName(file)!)
                .Should()
                .HaveCountLessThanOrEqualTo(1);
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task A_table_opens_again_with_its_key_file_and_with_no_other()
    {
        var file = Path.Join(folder, "key");
        var table = $"test-{Guid.NewGuid():N}";
        string apiKey;
        await using (var first = Start(KeyFile(file, table)))
        {
            var tenant = await Tenant.CreateAsync(first, Token);
            await tenant.RegisterAsync(Token);
            apiKey = tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!;
        }

        await using (var again = Start(KeyFile(file, table)))
        {
            var list = await again.WithToken(apiKey).GetAnswerAsync("/v1/apps", Token);
            list.Is(200).Json["items"]!.AsArray().Should().HaveCount(1);
        }

        var another = Path.Join(folder, "another");
        await WriteKeyAsync(another);
        var (status, error) = await RunAsync(KeyFile(another, table));
        IsOneLine(status, error, "Buttonize:Encryption:KeyFile", another);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 at all!")]
    [InlineData("c2hvcnQ=")]
    [InlineData(
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    )]
    public async Task A_key_file_that_holds_no_key_stops_the_start_with_one_line(string content)
    {
        var file = Path.Join(folder, "bad");
        await File.WriteAllTextAsync(file, content, Token);

        var (status, error) = await RunAsync(KeyFile(file));

        IsOneLine(status, error, "Buttonize:Encryption:KeyFile", "32 bytes in base64");
        error.Should().NotContain(content.Length > 8 ? content : "no content");
    }

    [Fact]
    public async Task A_wrong_key_that_shows_only_after_the_start_ends_the_process_with_one_line()
    {
        await using var wire = new TcpProxy(services.DynamoDb, TcpFault.Reset);
        var table = $"test-{Guid.NewGuid():N}";
        await using (Start(KeyFile(Path.Join(folder, "key"), table))) { }
        var file = Path.Join(folder, "another");
        await WriteKeyAsync(file);
        var settings = KeyFile(file, table);
        settings["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString();
        var process = RunAsync(settings);

        // More than one try's worth: the start is over, and the tries go on in the background.
        await Eventually.HoldsAsync(
            () => Task.FromResult(wire.Requests),
            requests => requests > 8,
            TimeSpan.FromSeconds(40),
            Token
        );
        wire.Fault = TcpFault.None;

        var (status, error) = await process;
        IsOneLine(status, error, "Buttonize:Encryption:KeyFile", file);
    }

    [Fact]
    public async Task A_deployment_makes_no_key_file()
    {
        var file = Path.Join(folder, "missing");
        var settings = KeyFile(file);
        settings["ASPNETCORE_ENVIRONMENT"] = "Production";

        var (status, error) = await RunAsync(settings);

        IsOneLine(status, error, "Buttonize:Encryption:KeyFile", file);
        File.Exists(file).Should().BeFalse();
    }

    [Fact]
    public async Task KMS_wraps_the_data_keys_under_the_tables_name()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        var settings = Kms(kms.Address);
        var table = settings["Buttonize:TableName"]!;
        await using (var controlPlane = Start(settings))
        {
            var tenant = await Tenant.CreateAsync(controlPlane, Token);
            var app = await tenant.RegisterAsync(Token);
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Post,
                    $"{tenant.Root}/apps/{app["appId"]}/credentials",
                    null,
                    Token
                )
            ).Is(200);
        }

        kms.Contexts.Should().NotBeEmpty();
        kms.Contexts.Should().OnlyContain(c => c == $$"""{"buttonize:table":"{{table}}"}""");
        await using (var again = Start(settings))
        {
            (await again.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);
        }
    }

    [Fact]
    public async Task Data_keys_of_another_table_stop_the_start_with_one_line()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        var (from, to) = (Kms(kms.Address), Kms(kms.Address));
        Dictionary<string, AttributeValue> key;
        await using (Start(from))
        {
            using var table = new StoredTable(services.DynamoDb, from["Buttonize:TableName"]!);
            key = (await table.FindAsync("DATA_KEYS", Token)).Single();
        }

        await using (Start(to))
        {
            using var table = new StoredTable(services.DynamoDb, to["Buttonize:TableName"]!);
            await table.PutAsync(key, Token);
        }

        var (status, error) = await RunAsync(to);

        IsOneLine(status, error, "Buttonize:Encryption:KmsKeyId", "InvalidCiphertextException");
    }

    [Fact]
    public async Task A_KMS_that_is_down_at_the_start_is_waited_for()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        await using var wire = new TcpProxy(kms.Address, TcpFault.Refused);
        await using var controlPlane = Start(Kms(wire.Address));
        var client = controlPlane.Anonymous();

        (await client.GetAnswerAsync("/health/live", Token)).Is(200);
        (await client.GetAnswerAsync("/health/ready", Token)).Is(503);
        wire.Fault = TcpFault.None;

        await Eventually.HoldsAsync(
            () => client.GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            TimeSpan.FromSeconds(20),
            Token
        );
        await (await Tenant.CreateAsync(controlPlane, Token)).RegisterAsync(Token);
    }

    [Fact]
    public async Task A_KMS_that_denies_its_key_is_named_in_the_log_and_waited_for()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        kms.Denies = true;
        await using var controlPlane = Start(Kms(kms.Address));

        controlPlane
            .Watch.Log.Should()
            .Contain(l =>
                l.Contains("AccessDeniedException", StringComparison.Ordinal)
                && l.Contains("kms:Decrypt", StringComparison.Ordinal)
            );
        kms.Denies = false;

        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            TimeSpan.FromSeconds(20),
            Token
        );
    }

    /// <summary>Metrics and the alert that stands on them need a call that fails.</summary>
    [Fact]
    public async Task Instances_that_run_notice_a_key_that_KMS_does_not_open_any_more_and_go_on()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        await using var controlPlane = Start(Kms(kms.Address));
        await Tenant.CreateAsync(controlPlane, Token);
        var keys = controlPlane.Services.GetRequiredService<DataKeys>();
        kms.Denies = true;

        var refresh = () => keys.RefreshAsync(Token);

        await refresh.Should().ThrowAsync<StorageUnavailableException>();
        var metrics = (await controlPlane.Anonymous().GetAnswerAsync("/metrics", Token)).Is(200);
        metrics
            .Text.Should()
            .MatchRegex("buttonize_storage_errors_total.*AccessDeniedException.*Decrypt");
        await (await Tenant.CreateAsync(controlPlane, Token)).RegisterAsync(Token);
    }

    [Fact]
    public async Task Credentials_that_never_come_do_not_hold_a_call_beyond_its_time()
    {
        using var kms = new AmazonKeyManagementServiceClient(
            new NoCredentials(),
            new AmazonKeyManagementServiceConfig { ServiceURL = "http://127.0.0.1:9" }
        );
        var wrapper = new KmsKeyWrapper(
            kms,
            Options.Create(
                new ButtonizeOptions
                {
                    AccountId = Services.ControlPlaneAccount,
                    Encryption = { KmsKeyId = KmsStub.KeyId },
                }
            )
        );
        foreach (
            var call in (Func<byte[], CancellationToken, Task<byte[]>>[])
                [wrapper.WrapAsync, wrapper.UnwrapAsync]
        )
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            var waiting = () => call(new byte[32], limit.Token).WaitAsync(HangLimit, Token);
            await waiting.Should().ThrowAsync<StorageUnavailableException>();
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ControlPlane Start(IReadOnlyDictionary<string, string?> settings) =>
        ControlPlane.Start(services, settings);

    /// <summary>The same settings, for a process of its own.</summary>
    private Task<(int, string)> RunAsync(Dictionary<string, string?> settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = services.DynamoDb.ToString(),
            ["AWS_ENDPOINT_URL_STS"] = services.Aws.ToString(),
            ["Authentication:Schemes:Bearer:Authority"] = "https://id.example.com",
            ["Authentication:Schemes:Bearer:ValidAudience"] = "buttonize",
            ["Buttonize:AccountId"] = Services.ControlPlaneAccount,
            ["Buttonize:CreateTable"] = "true",
        };
        foreach (var (key, value) in settings.Where(s => s.Value is not null))
        {
            environment[key] = value!;
        }

        return ApiProcess.RunAsync(environment, Token);
    }

    private static void IsOneLine(int status, string error, params string[] parts)
    {
        status.Should().Be(1);
        error.TrimEnd('\n').Should().NotBeEmpty().And.NotContain("\n");
        error.Should().ContainAll(parts).And.NotContain("   at ");
    }

    private static Dictionary<string, string?> KeyFile(string file, string? table = null) =>
        new(StringComparer.Ordinal)
        {
            ["Buttonize:Encryption:KeyFile"] = file,
            ["Buttonize:TableName"] = table ?? $"test-{Guid.NewGuid():N}",
        };

    private static Dictionary<string, string?> Kms(Uri address) =>
        new(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL_KMS"] = address.ToString(),
            ["Buttonize:Encryption:KeyFile"] = null,
            ["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId,
            ["Buttonize:TableName"] = $"test-{Guid.NewGuid():N}",
        };

    private static Task WriteKeyAsync(string file) =>
        File.WriteAllTextAsync(
            file,
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            Token
        );

    /// <summary>A credential source that never answers, and does not heed any token.</summary>
    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() =>
            throw new NotSupportedException("Only the asynchronous way is used.");

        public override Task<ImmutableCredentials> GetCredentialsAsync() =>
            new TaskCompletionSource<ImmutableCredentials>().Task;
    }
}
