using CsCheck;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>What the fuzzers draw from.</summary>
internal static class Draw
{
    /// <summary>One of these values, each as likely.</summary>
    public static Gen<T> From<T>(params T[] values) =>
        Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
