using System.Text.Json.Nodes;

namespace Buttonize.Local.Aws;

/// <summary>What the launcher asks of local AWS: who and what exists there, and later what happened.</summary>
internal sealed class LocalAwsClient(Uri address) : IDisposable
{
    // Loopback needs no proxy, and a configured one could not reach it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = address,
    };

    /// <summary>Makes a caller with long-lived keys known.</summary>
    public Task PutPrincipalAsync(
        AwsKeys keys,
        string accountId,
        string arn,
        CancellationToken cancellationToken
    ) =>
        PutAsync(
            $"_local/principals/{keys.AccessKeyId}",
            new JsonObject
            {
                ["secretAccessKey"] = keys.SecretAccessKey,
                ["accountId"] = accountId,
                ["arn"] = arn,
            },
            cancellationToken
        );

    /// <summary>Puts something into local AWS, as a deployment into an account would.</summary>
    public async Task PutAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await _http.PutAsJsonAsync(path, body, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var reason = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new LocalAwsException(
                $"Local AWS refused PUT /{path} ({(int)response.StatusCode}): {reason}"
            );
        }
    }

    /// <summary>The recorded events of one kind in one account, newest first.</summary>
    public async Task<IReadOnlyList<JsonObject>> EventsAsync(
        string eventName,
        string accountId,
        CancellationToken cancellationToken
    )
    {
        var path = $"_local/cloudtrail?eventName={eventName}&accountId={accountId}";
        var trail = await _http.GetFromJsonAsync<JsonObject>(path, cancellationToken);
        return [.. trail?["Records"]?.AsArray().OfType<JsonObject>() ?? []];
    }

    /// <summary>Invokes a function with a session, straight at Lambda, as the browser does.</summary>
    /// <returns>Lambda's status, its error type where it has one, and its answer.</returns>
    public async Task<(int Status, string? ErrorType, string Body)> InvokeAsync(
        AwsKeys session,
        string region,
        string function,
        JsonObject payload,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(address, $"2015-03-31/functions/{function}/invocations")
        );
        var body = System.Text.Encoding.UTF8.GetBytes(payload.ToJsonString());
        SignedRequest.Sign(request, body, session, region, "lambda", now);
        using var response = await _http.SendAsync(request, cancellationToken);
        var errorType =
            response.Headers.TryGetValues("x-amzn-errortype", out var types)
                ? types.First().Split(':')[0]
            : response.Headers.TryGetValues("X-Amz-Function-Error", out var errors) ? errors.First()
            : null;
        return (
            (int)response.StatusCode,
            errorType,
            await response.Content.ReadAsStringAsync(cancellationToken)
        );
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>Local AWS did not take what it was given. The message says why.</summary>
internal sealed class LocalAwsException(string message) : Exception(message);
