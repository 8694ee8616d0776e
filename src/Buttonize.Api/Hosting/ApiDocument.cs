using Buttonize.Api.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;

namespace Buttonize.Api.Hosting;

/// <summary>The OpenAPI document: what it says beyond the endpoints themselves.</summary>
internal static class ApiDocument
{
    /// <summary>Describes the API, its two kinds of caller and its problem documents.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info.Title = "Buttonize control plane";
                document.Info.Version = "v1";
                document.Info.Description =
                    "Registers customers' IAM roles and issues 15-minute sessions of them to the people who may use an app. "
                    + "Every refusal is an RFC 9457 problem document with a stable 'code' and a 'detail' that says what to do.";
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes = new Dictionary<
                    string,
                    IOpenApiSecurityScheme
                >(StringComparer.Ordinal)
                {
                    [CallerPolicies.Person] = Scheme(
                        "A JWT access token of the configured OpenID provider (people's routes)."
                    ),
                    [CallerPolicies.Deployment] = Scheme(
                        "An API key, btnz_… (deployments' routes)."
                    ),
                };
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            (operation, context, _) =>
            {
                var policy = context
                    .Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>()
                    .Select(a => a.Policy)
                    .FirstOrDefault(p => p is not null);
                if (policy is not null)
                {
                    operation.Security =
                    [
                        new OpenApiSecurityRequirement
                        {
                            [new OpenApiSecuritySchemeReference(policy, context.Document)] = [],
                        },
                    ];
                }

                foreach (
                    var parameter in context.Description.ActionDescriptor.EndpointMetadata.OfType<DescribedParameter>()
                )
                {
                    operation.Parameters ??= [];
                    operation.Parameters.Add(parameter.ToOpenApi());
                }

                AddPathParameters(operation, context.Description.RelativePath ?? "");
                operation.Responses ??= [];
                operation.Responses.TryAdd(
                    "default",
                    new OpenApiResponse
                    {
                        Description = "A problem document; its 'code' is stable.",
                        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                        {
                            [Problem.ContentType] = new(),
                        },
                    }
                );
                return Task.CompletedTask;
            }
        );
    }

    /// <summary>Those that the endpoint does not bind by itself: an organization, of which it gets the standing.</summary>
    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        operation.Parameters ??= [];
        foreach (var parameter in RoutePatternFactory.Parse(path).Parameters)
        {
            if (
                operation.Parameters.All(p =>
                    p.In != ParameterLocation.Path || p.Name != parameter.Name
                )
            )
            {
                operation.Parameters.Insert(
                    0,
                    new OpenApiParameter
                    {
                        Name = parameter.Name,
                        In = ParameterLocation.Path,
                        Required = true,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    }
                );
            }
        }
    }

    private static OpenApiSecurityScheme Scheme(string description) =>
        new()
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = description,
        };
}
