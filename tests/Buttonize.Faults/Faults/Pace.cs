namespace Buttonize.Faults.Faults;

/// <summary>How much is asked, and for how long.</summary>
/// <param name="PerSecond">Sessions that are asked for in a second.</param>
/// <param name="Before">How long all is well before; a control plane that has seen nothing but faults is no example.</param>
/// <param name="Lasts">How long the fault lasts.</param>
internal sealed record Pace(double PerSecond, TimeSpan Before, TimeSpan Lasts);
