using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A call to STS as it was sent: the members of its form.</summary>
public sealed record StsCall(IReadOnlyDictionary<string, string> Form)
{
    private const string ExternalIdMember = "ExternalId";

    /// <summary>How many calls for this role came before it.</summary>
    public int Index { get; init; }

    /// <summary>The status of the answer; null where there was none (yet).</summary>
    public int? Status { get; set; }

    public string? Action => Form.GetValueOrDefault("Action");

    public string RoleArn => Form["RoleArn"];

    public string? ExternalId => Form.GetValueOrDefault(ExternalIdMember);

    public string? Policy => Form.GetValueOrDefault("Policy");

    /// <summary>The tags, by key.</summary>
    public IReadOnlyDictionary<string, string> Tags =>
        Form.Where(m =>
                m.Key.StartsWith("Tags.", StringComparison.Ordinal)
                && m.Key.EndsWith(".Key", StringComparison.Ordinal)
            )
            .ToDictionary(m => m.Value, m => Form[$"{m.Key[..^".Key".Length]}.Value"]);

    public IReadOnlyList<string> TransitiveTagKeys =>
        [
            .. Form.Where(m => m.Key.StartsWith("TransitiveTagKeys.", StringComparison.Ordinal))
                .Select(m => m.Value),
        ];

    /// <summary>All of it but the External ID, in a form that can be compared.</summary>
    public string ButExternalId =>
        string.Join(
            '\n',
            Form.Where(m => m.Key != ExternalIdMember)
                .OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => $"{m.Key}={m.Value}")
        );

    /// <summary>The call in a body, or null.</summary>
    public static StsCall? TryParse(byte[] body)
    {
        var form = QueryHelpers
            .ParseQuery(Encoding.UTF8.GetString(body))
            .ToDictionary(m => m.Key, m => m.Value.ToString(), StringComparer.Ordinal);
        return form.ContainsKey("Action") ? new StsCall(form) : null;
    }
}
