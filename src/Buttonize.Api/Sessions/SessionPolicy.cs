using System.Text.Encodings.Web;
using System.Text.Json;
using Buttonize.Api.Apps;

namespace Buttonize.Api.Sessions;

/// <summary>The policy that narrows a session to an app's functions. Serialized, never put together from strings.</summary>
internal static class SessionPolicy
{
    /// <summary>STS API reference, AssumeRole, Policy.</summary>
    public const int MaximumLength = 2048;

    // Nothing of it is ever part of a page, and escapes would count against the limit.
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The policy of an app's sessions; null where they are not restricted.</summary>
    public static string? Of(AppDefinition definition) =>
        definition.RestrictSessionToFunctions ? For(definition.FunctionArns) : null;

    /// <summary>Allows invoking exactly these functions.</summary>
    public static string For(IReadOnlyList<string> functionArns) =>
        JsonSerializer.Serialize(
            new
            {
                Version = "2012-10-17",
                Statement = new[]
                {
                    new
                    {
                        Effect = "Allow",
                        Action = "lambda:InvokeFunction",
                        Resource = functionArns,
                    },
                },
            },
            Compact
        );
}
