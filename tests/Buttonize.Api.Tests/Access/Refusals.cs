using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Access;

/// <summary>Reads refusals, and holds each of them to the form that all refusals have.</summary>
internal static class Refusals
{
    /// <summary>The problem document, which must be complete and have this status and code.</summary>
    public static async Task<JsonObject> ShouldRefuseAsync(
        this HttpResponseMessage response,
        HttpStatusCode status,
        string code,
        CancellationToken cancellationToken,
        string because = ""
    )
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        response.StatusCode.Should().Be(status, "{0} {1}", because, text);
        response
            .Content.Headers.ContentType?.MediaType.Should()
            .Be("application/problem+json", because);
        var problem = JsonNode.Parse(text)!.AsObject();
        problem["code"]!.GetValue<string>().Should().Be(code, because);
        problem["status"]!.GetValue<int>().Should().Be((int)status, because);
        problem["type"]!.GetValue<string>().Should().NotBeEmpty(because);
        problem["title"]!.GetValue<string>().Should().NotBeEmpty(because);
        problem["detail"]!.GetValue<string>().Should().NotBeEmpty(because);
        problem["traceId"]!.GetValue<string>().Should().NotBeEmpty(because);
        return problem;
    }

    /// <summary>401 as RFC 9110 and RFC 6750 want it.</summary>
    public static async Task ShouldBeUnauthenticatedAsync(
        this HttpResponseMessage response,
        CancellationToken cancellationToken,
        string because = ""
    )
    {
        await response.ShouldRefuseAsync(
            HttpStatusCode.Unauthorized,
            "unauthenticated",
            cancellationToken,
            because
        );
        response
            .Headers.WwwAuthenticate.Should()
            .ContainSingle(because)
            .Which.Scheme.Should()
            .Be("Bearer", because);
    }

    /// <summary>A problem document without what is different in each: its trace id.</summary>
    public static async Task<string> WithoutTraceAsync(
        this HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        problem!.Remove("traceId");
        return problem.ToJsonString();
    }
}
