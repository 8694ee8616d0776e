using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Local.Tour;

/// <summary>Calls of the control plane and of the OpenID provider, each written to the transcript and checked.</summary>
internal sealed class ControlPlaneClient(Transcript transcript) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Asks the OpenID provider for a person's access token.</summary>
    public async Task<string> SignInAsync(
        Uri tokenEndpoint,
        IReadOnlyDictionary<string, string> form,
        CancellationToken cancellationToken
    )
    {
        transcript.Request($"POST {tokenEndpoint}  (password grant, username={form["username"]})");
        using var content = new FormUrlEncodedContent(form);
        using var response = await _http.PostAsync(tokenEndpoint, content, cancellationToken);
        var answer = await CheckAsync(response, expected: 200, "the sign-in", cancellationToken);
        return Member(answer, "access_token");
    }

    /// <summary>Calls the control plane.</summary>
    /// <param name="call">What to send.</param>
    /// <param name="expected">The status it must answer with, a refusal's included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TourFailedException">It answered with another status.</exception>
    public async Task<JsonObject> SendAsync(
        Call call,
        int expected,
        CancellationToken cancellationToken
    )
    {
        var line = $"{call.Method} {call.Address.PathAndQuery}";
        transcript.Request($"{line}  (as {call.Caller})", call.Body);
        using var request = new HttpRequestMessage(call.Method, call.Address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", call.Token);
        if (call.IdempotencyKey is { } key)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (call.Body is { } body)
        {
            request.Content = new StringContent(
                body.ToJsonString(),
                Encoding.UTF8,
                "application/json"
            );
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        return await CheckAsync(response, expected, line, cancellationToken);
    }

    /// <summary>A text member that must be there.</summary>
    public static string Member(JsonObject document, params ReadOnlySpan<string> path)
    {
        JsonNode? node = document;
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node?.ToString()
            ?? throw new TourFailedException($"the answer has no {string.Join('.', path)}");
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> CheckAsync(
        HttpResponseMessage response,
        int expected,
        string call,
        CancellationToken cancellationToken
    )
    {
        var status = (int)response.StatusCode;
        var answer = Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        if (status == expected)
        {
            transcript.Answer($"{status} {response.ReasonPhrase}", answer);
            return answer;
        }

        // A problem document has code and detail, an OAuth error the other two.
        var code = answer["code"] ?? answer["error"];
        var detail = answer["detail"] ?? answer["error_description"] ?? answer["title"];
        throw new TourFailedException(
            $"{call} answered {status} instead of {expected}: {code}: {detail}"
        );
    }

    private static JsonObject Parse(string text)
    {
        try
        {
            return text.Length == 0 ? [] : JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return new JsonObject { ["detail"] = text.Split('\n')[0].Trim() };
        }
    }
}

/// <summary>One call of the control plane.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Address">The whole address.</param>
/// <param name="Caller">Who calls, for the transcript.</param>
/// <param name="Token">The caller's access token or API key.</param>
internal sealed record Call(HttpMethod Method, Uri Address, string Caller, string Token)
{
    public JsonObject? Body { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>The token stays out.</summary>
    public override string ToString() => $"{Method} {Address}";
}
