using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Faults.Stage;

/// <summary>What a control plane answered.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Body">The JSON object, where there is one.</param>
/// <param name="HasRetryAfter">Whether it says when to come back.</param>
internal sealed record Reply(int Status, JsonObject? Body, bool HasRetryAfter)
{
    /// <summary>The code of a problem.</summary>
    public string? Code => (string?)Body?["code"];

    /// <summary>The control plane's clock, where the body has it.</summary>
    public DateTimeOffset? ServerTime =>
        (string?)Body?["serverTime"] is { } time
            ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)
            : null;

    /// <summary>A member of the body.</summary>
    /// <exception cref="InvalidOperationException">It was refused, or has no such member.</exception>
    public string this[string member] => (string)Good().Body![member]!;

    /// <summary>Itself, where the call succeeded.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public Reply Good() =>
        Status is >= 200 and < 300
            ? this
            : throw new InvalidOperationException($"The control plane answers {Status} {Code}.");

    // A body can hold credentials.
    public override string ToString() => $"{Status} {Code}".TrimEnd();
}

/// <summary>The HTTP interface of one control plane.</summary>
internal sealed class ApiClient(Uri address) : IDisposable
{
    /// <summary>Long after the promised 6 s, so that a late answer is seen and not cut off.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = address,
        Timeout = Patience,
    };

    /// <summary>Calls it once.</summary>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<Reply> CallAsync(
        HttpMethod method,
        string path,
        string bearer,
        JsonNode? body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return new Reply(
            (int)response.StatusCode,
            IsJson(response) ? JsonNode.Parse(text) as JsonObject : null,
            response.Headers.RetryAfter is not null
        );
    }

    public Task<Reply> GetAsync(string path, string bearer, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Get, path, bearer, body: null, cancellationToken);

    public Task<Reply> PostAsync(
        string path,
        string bearer,
        JsonNode? body,
        CancellationToken cancellationToken
    ) => CallAsync(HttpMethod.Post, path, bearer, body, cancellationToken);

    public void Dispose() => http.Dispose();

    private static bool IsJson(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal)
        == true;
}
