using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>A control plane that cannot start says why in one line, and never starts half-configured.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string keyFile = Path.GetTempFileName();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "Authentication__Schemes__Bearer__ValidAudience",
        "",
        "Authentication:Schemes:Bearer:ValidAudience"
    )]
    [InlineData(
        "Authentication__Schemes__Bearer__Authority",
        "",
        "Authentication:Schemes:Bearer:Authority"
    )]
    [InlineData(
        "Authentication__Schemes__Bearer__Authority",
        "http://id.example",
        "RequireHttpsMetadata"
    )]
    [InlineData(
        "Authentication__Schemes__Bearer__RequireHttpsMetadata",
        "perhaps",
        "Authentication:Schemes:Bearer"
    )]
    [InlineData("Buttonize__AccountId", "", "Buttonize:AccountId")]
    [InlineData("Buttonize__AccountId", "12345678901", "Buttonize:AccountId")]
    [InlineData("Buttonize__AccountId", "1234567890123", "Buttonize:AccountId")]
    [InlineData("Buttonize__AccountId", "12345678901x", "Buttonize:AccountId")]
    [InlineData("Buttonize__AccountId", "١٢٣٤٥٦٧٨٩٠١٢", "Buttonize:AccountId")]
    [InlineData("Buttonize__TableName", "no spaces", "Buttonize:TableName")]
    [InlineData("Buttonize__CreateTable", "maybe", "Buttonize:CreateTable")]
    [InlineData("Buttonize__Encryption__KeyFile", "", "Buttonize:Encryption")]
    [InlineData(
        "Buttonize__Encryption__KeyFile",
        "/nowhere/at/all",
        "Buttonize:Encryption:KeyFile"
    )]
    [InlineData("Buttonize__Encryption__KmsKeyId", "also", "Buttonize:Encryption")]
    [InlineData("Buttonize__AllowedOrigins__0", "*", "Buttonize:AllowedOrigins")]
    [InlineData("Buttonize__AllowedOrigins__0", "https://app.example/", "Buttonize:AllowedOrigins")]
    [InlineData("AWS_REGION", "", "AWS_REGION")]
    [InlineData("AWS_REGION", "us-iso-east-1", "AWS_REGION")]
    [InlineData("ASPNETCORE_URLS", "nonsense", "ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_URLS", "http://localhost:abc", "ASPNETCORE_URLS")]
    [InlineData("Buttonize__Authentication__RequiredScope", "two scopes", "RequiredScope")]
    [InlineData("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1", "GLOBALIZATION_INVARIANT")]
    [InlineData("ASPNETCORE_URLS", "http://203.0.113.1:5080", "ASPNETCORE_URLS")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@c.example", "without user")]
    [InlineData("Buttonize__OperationsUrl", "localhost:9090", "Buttonize:OperationsUrl")]
    [InlineData("Buttonize__OperationsUrl", "https://localhost:9090", "Buttonize:OperationsUrl")]
    [InlineData("Buttonize__OperationsUrl", "http://localhost", "Buttonize:OperationsUrl")]
    [InlineData("Buttonize__OperationsUrl", "http://localhost:0", "Buttonize:OperationsUrl")]
    [InlineData("Buttonize__OperationsUrl", "http://localhost:9090/ops", "Buttonize:OperationsUrl")]
    [InlineData("ASPNETCORE_URLS", "https://127.0.0.1:0", "Kestrel:Certificates:Default:Path")]
    [InlineData("Kestrel__Endpoints__Https__Url", "nonsense", "Kestrel:Endpoints")]
    [InlineData("Kestrel__Endpoints__Https__Uri", "https://127.0.0.1:0", "Kestrel:Endpoints")]
    [InlineData("Buttonize__DrainSeconds", "-1", "Buttonize:DrainSeconds")]
    [InlineData("Buttonize__DrainSeconds", "soon", "Buttonize:DrainSeconds")]
    [InlineData("Buttonize__TrustedProxies__0", "0.0.0.0/0", "Buttonize:TrustedProxies")]
    [InlineData("Buttonize__TrustedProxies__0", "::/0", "Buttonize:TrustedProxies")]
    [InlineData("Buttonize__TrustedProxies__0", "::ffff:10.0.0.1", "Buttonize:TrustedProxies")]
    [InlineData("Buttonize__TrustedProxies__0", "::ffff:10.0.0.0/104", "Buttonize:TrustedProxies")]
    [InlineData("Buttonize__TrustedProxies__0", "10", "Buttonize:TrustedProxies")]
    [InlineData("Buttonize__TrustedProxies__0", "proxy.internal", "Buttonize:TrustedProxies")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true", "Buttonize:TrustedProxies")]
    public async Task A_bad_value_stops_the_start_with_one_line_that_names_the_key(
        string key,
        string value,
        string named
    )
    {
        var environment = Good();
        environment[key] = value;

        await using var controlPlane = Dotnet.Start("Buttonize.Api.dll", environment);

        (await controlPlane.ExitAsync(Token)).Should().Be(1, controlPlane.Output);
        controlPlane.Errors.Should().NotContain("secret");
        controlPlane.Errors.Split('\n').Should().ContainSingle().Which.Should().Contain(named);
        controlPlane.Output.Should().NotContain("   at ");
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "5", "OTEL_TRACES_SAMPLER")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "half", "OTEL_TRACES_SAMPLER")]
    [InlineData("Buttonize__OperationsUrl", "http://+:5080", "ASPNETCORE_URLS")]
    [InlineData("Buttonize__OperationsUrl", "http://+:9090", "Kestrel__Endpoints__Api__Url")]
    public async Task A_value_that_does_not_go_with_another_one_stops_the_start(
        string key,
        string value,
        string other
    )
    {
        var environment = Good();
        environment[key] = value;
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317";
        environment[other] = other switch
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => "http://localhost:4318",
            "OTEL_TRACES_SAMPLER" => "parentbased_traceidratio",
            _ => "http://127.0.0.1:5080",
        };

        await using var controlPlane = Dotnet.Start("Buttonize.Api.dll", environment);

        (await controlPlane.ExitAsync(Token)).Should().Be(1, controlPlane.Output);
        controlPlane
            .Errors.Split('\n')
            .Should()
            .ContainSingle()
            .Which.Should()
            .Contain(key.Replace("__", ":", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/nowhere/at/all.pem")]
    [InlineData("no certificate")]
    public async Task A_certificate_that_cannot_be_read_stops_the_start_with_one_line(string path)
    {
        var environment = Good();
        environment["ASPNETCORE_URLS"] = "https://127.0.0.1:0";
        environment["Kestrel__Certificates__Default__Path"] =
            path == "no certificate" ? keyFile : path;

        await using var controlPlane = Dotnet.Start("Buttonize.Api.dll", environment);

        (await controlPlane.ExitAsync(Token)).Should().Be(1, controlPlane.Output);
        controlPlane
            .Errors.Split('\n')
            .Should()
            .ContainSingle()
            .Which.Should()
            .Contain("Kestrel:Certificates");
    }

    [Fact]
    public async Task A_key_file_that_holds_no_key_stops_the_start_and_is_not_shown()
    {
        var environment = Good();
        await File.WriteAllTextAsync(keyFile, "bm90IDMyIGJ5dGVz", Token);

        await using var controlPlane = Dotnet.Start("Buttonize.Api.dll", environment);

        (await controlPlane.ExitAsync(Token)).Should().Be(1, controlPlane.Output);
        controlPlane
            .Errors.Should()
            .Contain(keyFile)
            .And.Contain("openssl rand")
            .And.NotContain("bm90");
    }

    public void Dispose() => File.Delete(keyFile);

    private Dictionary<string, string> Good()
    {
        File.WriteAllText(keyFile, Convert.ToBase64String(new byte[32]));
        return new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ACCESS_KEY_ID"] = "AKIANOBODY",
            ["AWS_SECRET_ACCESS_KEY"] = "nothing",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = "http://127.0.0.1:1",
            ["Authentication__Schemes__Bearer__Authority"] = "https://id.example",
            ["Authentication__Schemes__Bearer__ValidAudience"] = "buttonize",
            ["Buttonize__AccountId"] = "081205402391",
            ["Buttonize__Encryption__KeyFile"] = keyFile,
        };
    }
}
