namespace Buttonize.Api.Tests.Hosting;

/// <summary>A bad value stops the start with one line that names the key.</summary>
public sealed class ConfigurationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Buttonize:AccountId", "")]
    [InlineData("Buttonize:AccountId", "12345678901x")]
    [InlineData("Buttonize:TableName", "a b")]
    [InlineData("Buttonize:CreateTable", "maybe")]
    [InlineData(
        "Buttonize:AllowedOrigins:0",
        "https://app.example.com/",
        "Buttonize:AllowedOrigins"
    )]
    [InlineData("Buttonize:AllowedOrigins:0", "*", "Buttonize:AllowedOrigins")]
    [InlineData("Buttonize:Encryption:KmsKeyId", "alias/buttonize")]
    [InlineData("AWS_REGION", "")]
    [InlineData("AWS_REGION", "Frankfurt am Main")]
    [InlineData("AWS_ENDPOINT_URL_DYNAMODB", "localhost")]
    [InlineData("AWS_ENDPOINT_URL_DYNAMODB", "not a url")]
    [InlineData("AWS_ENDPOINT_URL_STS", "not a url")]
    [InlineData("AWS_ENDPOINT_URL_LAMBDA", "not a url")]
    [InlineData("AWS_ENDPOINT_URL_STS_EU_CENTRAL_1", "not a url")]
    [InlineData("Buttonize:Sts:FallbackRegions:0", "Europe", "Buttonize:Sts:FallbackRegions")]
    [InlineData("Buttonize:Sts:FallbackRegions:0", "cn-north-1", "Buttonize:Sts:FallbackRegions")]
    [InlineData("Buttonize:Sts:FallbackRegions:0", "eu-central-1", "Buttonize:Sts:FallbackRegions")]
    [InlineData("Buttonize:Limits:AssumeRolePerSecond", "0")]
    [InlineData("Buttonize:Limits:CredentialsPerUserPerMinute", "-1")]
    [InlineData("Buttonize:Limits:OrganizationsPerUser", "many")]
    [InlineData("Buttonize:Audit:RetentionDays", "0")]
    [InlineData("Buttonize:Audit:RetentionDays", "-1")]
    [InlineData("Buttonize:Audit:RetentionDays", "3651")]
    [InlineData("Buttonize:Audit:RetentionDays", "a year")]
    [InlineData("Buttonize:Console:Enabled", "true", "Buttonize:Console:ClientId")]
    [InlineData("Buttonize:Console:Scope", "profile email")]
    [InlineData(
        "Buttonize:Console:AuthorizationParameters:state",
        "fixed",
        "Buttonize:Console:AuthorizationParameters"
    )]
    public async Task A_bad_value_stops_the_start_with_one_line(
        string key,
        string value,
        string? named = null
    )
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_DEFAULT_REGION"] = "",
            ["Authentication:Schemes:Bearer:Authority"] = "https://id.example.com",
            ["Authentication:Schemes:Bearer:ValidAudience"] = "buttonize",
            ["Buttonize:AccountId"] = Services.ControlPlaneAccount,
            ["Buttonize:Encryption:KeyFile"] = "/nowhere",
            [key] = value,
        };

        var (status, error) = await ApiProcess.RunAsync(environment, Token);

        status.Should().Be(1, error);
        error.TrimEnd('\n').Should().NotBeEmpty().And.NotContain("\n");
        error.Should().Contain(named ?? key).And.NotContain("   at ");
    }
}
