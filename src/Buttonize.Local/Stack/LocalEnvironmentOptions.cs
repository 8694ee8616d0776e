namespace Buttonize.Local.Stack;

/// <summary>How a local environment is started. A port of 0 picks a free one.</summary>
public sealed record LocalEnvironmentOptions
{
    /// <summary>The control plane's port.</summary>
    public int ApiPort { get; init; } = 5080;

    /// <summary>Local AWS's port.</summary>
    public int AwsPort { get; init; } = 5090;

    /// <summary>The OpenID provider's port.</summary>
    public int OpenIdPort { get; init; } = 5070;

    /// <summary>Further settings of the control plane, as environment variables; they win over the launcher's.</summary>
    public IReadOnlyDictionary<string, string> ControlPlaneSettings { get; init; } =
        new Dictionary<string, string>();

    /// <summary>Gets every line that the processes write, with the name of the process.</summary>
    public Action<string, string>? OnOutput { get; init; }
}
