namespace Buttonize.Faults.Stage;

/// <summary>What a stage has beside the usual.</summary>
internal sealed record Setting
{
    /// <summary>The Region to fall back to, where there is one.</summary>
    public const string FallbackRegion = "eu-west-1";

    /// <summary>Whether there is a second Region for STS.</summary>
    public bool HasFallback { get; init; }

    /// <summary>Whether the first control plane's clock can be set.</summary>
    public bool HasClock { get; init; }

    /// <summary>How many organizations there are.</summary>
    public int Tenants { get; init; } = 2;

    /// <summary>How many members each has beside its owner.</summary>
    public int Members { get; init; } = 2;

    /// <summary>Configuration of the control planes that differs from the stage's, as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } =
        new Dictionary<string, string>();
}
