namespace Buttonize.LocalAws.Iam;

/// <summary>
/// The condition keys that are understood. Which of them a request has depends on its action ("Actions, resources, and
/// condition keys for AWS Security Token Service").
/// </summary>
internal static class ConditionKeys
{
    public const string ExternalId = "sts:ExternalId";

    public static readonly IReadOnlyDictionary<string, string> None =
        new Dictionary<string, string>();

    /// <returns>The key as it is written here, or null when it is not understood. Keys ignore case.</returns>
    public static string? Known(string key) =>
        string.Equals(key, ExternalId, StringComparison.OrdinalIgnoreCase) ? ExternalId : null;
}
