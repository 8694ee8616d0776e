using Buttonize.Local.Aws;
using Buttonize.Local.OpenId;
using Buttonize.Local.Processes;

namespace Buttonize.Local.Stack;

/// <summary>How the two programs are started: what anyone who runs them would set, and no more.</summary>
internal static class PublicConfiguration
{
    public const string LocalAwsName = "local AWS";
    private const string ControlPlaneName = "control plane";

    /// <summary>Whether the build has made the page: without npm on the machine it has not.</summary>
    public static bool HasPage { get; } =
        File.Exists(Path.Combine(AppContext.BaseDirectory, "console", "index.html"));

    public static ProgramStart LocalAws(LocalEnvironment environment) =>
        Dotnet(
            LocalAwsName,
            "Buttonize.LocalAws.dll",
            new() { ["ASPNETCORE_URLS"] = Listen(environment.LocalAws) }
        );

    public static ProgramStart ControlPlane(
        LocalEnvironment environment,
        AwsKeys keys,
        string scratchFolder,
        IReadOnlyDictionary<string, string> further
    )
    {
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = Listen(environment.ControlPlane),
            ["AWS_REGION"] = LocalEnvironment.Region,
            ["AWS_ACCESS_KEY_ID"] = keys.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = keys.SecretAccessKey,
            ["AWS_ENDPOINT_URL_DYNAMODB"] = environment.DynamoDb.AbsoluteUri,
            ["AWS_ENDPOINT_URL_STS"] = Listen(environment.LocalAws),
            // Profiles of the person at the keyboard stay out of this.
            ["AWS_CONFIG_FILE"] = Path.Combine(scratchFolder, "no-aws-config"),
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(scratchFolder, "no-aws-credentials"),
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["Authentication__Schemes__Bearer__Authority"] = Listen(environment.OpenId),
            ["Authentication__Schemes__Bearer__ValidAudience"] = OpenIdProvider.Audience,
            ["Authentication__Schemes__Bearer__RequireHttpsMetadata"] = "false",
            ["Buttonize__AccountId"] = LocalEnvironment.ControlPlaneAccountId,
            // The table is gone at the end, so a lasting key would be of no use.
            ["Buttonize__Encryption__KeyFile"] = Path.Combine(scratchFolder, "encryption.key"),
            ["AWS_ENDPOINT_URL_LAMBDA"] = Listen(environment.LocalAws),
            ["Buttonize__Console__Enabled"] = HasPage ? "true" : "false",
            ["Buttonize__Console__ClientId"] = OpenIdProvider.ClientId,
            ["Buttonize__Console__Scope"] = "openid profile email offline_access",
        };
        foreach (var (name, value) in further)
        {
            settings[name] = value;
        }

        return Dotnet(ControlPlaneName, "Buttonize.Api.dll", settings);
    }

    /// <summary>Both programs lie beside the launcher, which references their projects.</summary>
    private static ProgramStart Dotnet(
        string name,
        string assembly,
        Dictionary<string, string> environment
    ) =>
        new(name, ProgramPath.DotnetHost(), [Path.Combine(AppContext.BaseDirectory, assembly)])
        {
            Environment = environment,
        };

    private static string Listen(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
