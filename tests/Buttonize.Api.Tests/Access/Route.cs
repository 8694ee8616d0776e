using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Access;

/// <summary>One method of one route of the program.</summary>
internal sealed partial record Route(string Method, string Pattern, RouteEndpoint Endpoint)
{
    /// <summary>Nothing has this id: it is well-formed, and made by nobody.</summary>
    public const string NoId = "AAAAAAAAAAAAAAAAAAAAA";

    public string Name => $"{Method} {Pattern}";

    /// <summary>The names of its parameters.</summary>
    public IReadOnlyList<string> Parameters =>
        [.. Endpoint.RoutePattern.Parameters.Select(p => p.Name)];

    /// <summary>Every route of the program, as it says itself.</summary>
    public static IReadOnlyList<Route> All(ControlPlane controlPlane)
    {
        // Starts the host, if nobody has called it yet.
        var source = controlPlane.Services.GetRequiredService<EndpointDataSource>();
        Route[] routes =
        [
            .. from endpoint in source.Endpoints.OfType<RouteEndpoint>()
            let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
                ?? ["GET"]
            select new Route(method, pattern, endpoint),
        ];
        routes.Should().NotBeEmpty();
        return routes;
    }

    /// <summary>Whether only this kind of caller may call it.</summary>
    public bool IsFor(string policy) =>
        Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(a => a.Policy == policy);

    /// <summary>A body that it takes; null where it needs none.</summary>
    public HttpContent? GoodBody() =>
        (Method, Pattern[(Pattern.LastIndexOf('/') + 1)..]) switch
        {
            ("POST", "organizations") => JsonContent.Create(new { name = "Another" }),
            ("PATCH", "{organizationId:id}") => JsonContent.Create(new { name = "Renamed" }),
            ("POST", "ownership-transfer") => JsonContent.Create(new { userId = NoId }),
            ("POST", "groups") or ("PUT", "{groupId:id}") => JsonContent.Create(
                new { name = $"Group {Guid.NewGuid():N}" }
            ),
            ("PUT", "{userId:id}") => JsonContent.Create(new { groups = Array.Empty<string>() }),
            ("POST", "invitations") => JsonContent.Create(
                new { email = $"{Guid.NewGuid():N}@example.com" }
            ),
            ("POST", "erasure") => JsonContent.Create(new { userId = NoId }),
            ("POST", "api-keys") => JsonContent.Create(new { name = "key" }),
            ("PUT", "suspension") => JsonContent.Create(new { reason = "Left the company" }),
            ("PUT", "{appId:id}") => JsonContent.Create(
                Tenant.Registration(
                    "arn:aws:iam::123456789012:role/Unknown",
                    "an-external-id-0123456789"
                )
            ),
            _ => null,
        };

    /// <summary>Calls it, with ids that name nothing where none are given.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        CancellationToken cancellationToken,
        Dictionary<string, string>? ids = null,
        Func<HttpContent?>? body = null
    )
    {
        var path = Parameter()
            .Replace(Pattern, match => ids?.GetValueOrDefault(match.Groups["name"].Value) ?? NoId);
        using var request = new HttpRequestMessage(new HttpMethod(Method), path)
        {
            Content = body?.Invoke(),
        };
        return await client.SendAsync(request, cancellationToken);
    }

    [GeneratedRegex(@"\{(?<name>\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
