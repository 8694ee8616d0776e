using Microsoft.OpenApi;

namespace Buttonize.Api.Hosting;

/// <summary>
/// A query parameter or header that an endpoint reads by itself, for the OpenAPI document, which cannot see inside the binding.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="In">Where it is.</param>
/// <param name="Type">Its type.</param>
/// <param name="Description">What it means, with its limits.</param>
internal sealed record DescribedParameter(
    string Name,
    ParameterLocation In,
    JsonSchemaType Type,
    string Description
)
{
    /// <summary>The condition of a change.</summary>
    public static readonly DescribedParameter IfMatch = new(
        "If-Match",
        ParameterLocation.Header,
        JsonSchemaType.String,
        "The ETag last read; without it the last writer wins."
    );

    /// <summary>The parameter as the document shows it; none is required.</summary>
    public OpenApiParameter ToOpenApi() =>
        new()
        {
            Name = Name,
            In = In,
            Description = Description,
            Schema = new OpenApiSchema { Type = Type },
        };
}
