using System.Reflection;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Apps;

/// <summary>What deployments say beside the body: <c>Idempotency-Key</c>, and <c>?wait=</c> (<see cref="WaitQuery"/>).</summary>
/// <param name="IdempotencyKey">1-128 printable ASCII characters, or null.</param>
internal sealed record DeploymentHeaders(string? IdempotencyKey)
    : IBindableFromHttpContext<DeploymentHeaders>,
        IEndpointParameterMetadataProvider
{
    private const int MaximumKey = 128;

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(
            new DescribedParameter(
                "Idempotency-Key",
                ParameterLocation.Header,
                JsonSchemaType.String,
                $"1-{MaximumKey} printable ASCII characters, kept 24 hours: repeating the call with it is safe."
            )
        );
        WaitQuery.PopulateMetadata(parameter, builder);
    }

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

        WaitQuery.Check(context);
        return ValueTask.FromResult<DeploymentHeaders?>(new DeploymentHeaders(keys));
    }

    private static bool IsPrintable(string? key) =>
        key is { Length: >= 1 and <= MaximumKey } && key.All(c => c is >= ' ' and <= '~');
}

/// <summary>
/// How long the answer may be held for a verdict: <c>?wait=</c>, 0-20 seconds. Verdicts are immediate now, so it is only checked.
/// </summary>
internal sealed class WaitQuery
    : IBindableFromHttpContext<WaitQuery>,
        IEndpointParameterMetadataProvider
{
    private const int Maximum = 20;

    private static readonly WaitQuery Checked = new();

    private WaitQuery() { }

    /// <inheritdoc/>
    public static ValueTask<WaitQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        Check(context);
        return ValueTask.FromResult<WaitQuery?>(Checked);
    }

    /// <summary>Refuses a request that says it wrongly.</summary>
    /// <exception cref="RefusedException">It is no number in the range.</exception>
    public static void Check(HttpContext context) =>
        ListQuery.WholeNumber(context.Request.Query, "wait", 0, Maximum);

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
