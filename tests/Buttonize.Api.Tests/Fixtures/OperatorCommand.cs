using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>The operator's command line, run as the program of its own that it is, configured as a running control plane.</summary>
public static class OperatorCommand
{
    private static readonly string[] Shared =
    [
        "AWS_REGION",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_KMS",
        "Authentication:Schemes:Bearer:Authority",
        "Authentication:Schemes:Bearer:ValidAudience",
        "Authentication:Schemes:Bearer:RequireHttpsMetadata",
        "Buttonize:AccountId",
        "Buttonize:TableName",
        "Buttonize:Encryption:KeyFile",
        "Buttonize:Encryption:KmsKeyId",
    ];

    /// <summary>Runs a command without a terminal.</summary>
    public static Task<EndedProcess> RunAsync(
        this ControlPlane controlPlane,
        CancellationToken cancellationToken,
        params string[] arguments
    ) =>
        ApiProcess.RunAsync(
            "dotnet",
            [ApiProcess.Program, .. arguments],
            controlPlane.Environment(),
            cancellationToken
        );

    /// <summary>The configuration of a control plane, for a process beside it; nothing of Development.</summary>
    public static Dictionary<string, string> Environment(this ControlPlane controlPlane)
    {
        var configuration = controlPlane.Services.GetRequiredService<IConfiguration>();
        var environment = Shared
            .Select(key => (key, value: configuration[key]))
            .Where(setting => !string.IsNullOrEmpty(setting.value))
            .ToDictionary(setting => setting.key, setting => setting.value!);
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        return environment;
    }
}
