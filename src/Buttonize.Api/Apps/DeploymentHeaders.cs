using System.Reflection;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Apps;

/// <summary>What deployments say in headers: <c>Idempotency-Key</c>.</summary>
/// <param name="IdempotencyKey">1-128 printable ASCII characters, or null.</param>
internal sealed record DeploymentHeaders(string? IdempotencyKey)
    : IBindableFromHttpContext<DeploymentHeaders>,
        IEndpointParameterMetadataProvider
{
    private const int MaximumKey = 128;

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                "Idempotency-Key",
                ParameterLocation.Header,
                JsonSchemaType.String,
                $"1-{MaximumKey} printable ASCII characters, kept 24 hours: repeating the call with it is safe."
            )
        );

    /// <inheritdoc/>
    public static ValueTask<DeploymentHeaders?> BindAsync(
        HttpContext context,
        ParameterInfo parameter
    )
    {
        var keys = context.Request.Headers["Idempotency-Key"];
        if (keys.Count > 1 || (keys is [var key] && !IsPrintable(key)))
        {
            throw new RefusedException(
                Problems.ValidationFailed(
                    "Idempotency-Key",
                    $"'Idempotency-Key' must be one value of 1 to {MaximumKey} printable ASCII characters; a random UUID serves well."
                )
            );
        }

        return ValueTask.FromResult<DeploymentHeaders?>(new DeploymentHeaders(keys));
    }

    private static bool IsPrintable(string? key) =>
        key is { Length: >= 1 and <= MaximumKey } && key.All(c => c is >= ' ' and <= '~');
}

/// <summary>How long the answer may be held for a verdict: <c>?wait=</c>, 0-20 seconds.</summary>
internal sealed record WaitQuery(TimeSpan Wait)
    : IBindableFromHttpContext<WaitQuery>,
        IEndpointParameterMetadataProvider
{
    private const int Maximum = 20;

    /// <inheritdoc/>
    public static ValueTask<WaitQuery?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<WaitQuery?>(
            new WaitQuery(
                TimeSpan.FromSeconds(
                    ListQuery.WholeNumber(context.Request.Query, "wait", 0, Maximum) ?? 0
                )
            )
        );

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                "wait",
                ParameterLocation.Query,
                JsonSchemaType.Integer,
                $"For how many seconds the answer may be held for a verdict, 0-{Maximum} (default 0)."
            )
        );
}
