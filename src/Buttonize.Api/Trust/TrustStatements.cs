using System.Text.Encodings.Web;
using System.Text.Json;

namespace Buttonize.Api.Trust;

/// <summary>The statements of a trust policy that customers are given to paste.</summary>
/// <param name="accountId">The control plane's account.</param>
/// <param name="partition">Its partition, which is that of every role.</param>
internal sealed class TrustStatements(string accountId, string partition)
{
    private const string Placeholder = "the External ID of this app";

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Allows assuming the role under one External ID.</summary>
    public string AssumeRole { get; } =
        Write(
            accountId,
            partition,
            ["sts:AssumeRole"],
            new
            {
                StringEquals = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["sts:ExternalId"] = Placeholder,
                },
            }
        );

    /// <summary>Allows actions for which there is no External ID condition.</summary>
    public string Allow(IReadOnlyList<string> actions) =>
        Write(accountId, partition, actions, condition: null);

    private static string Write(
        string accountId,
        string partition,
        IReadOnlyList<string> actions,
        object? condition
    ) =>
        JsonSerializer.Serialize(
            new
            {
                Effect = "Allow",
                Principal = new { AWS = $"arn:{partition}:iam::{accountId}:root" },
                Action = actions,
                Condition = condition,
            },
            Readable
        );
}
