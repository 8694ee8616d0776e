using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>An answer of the API, read to its end.</summary>
public sealed partial record ApiAnswer(
    int Status,
    string Text,
    HttpResponseHeaders Headers,
    MediaTypeHeaderValue? ContentType
)
{
    public JsonObject Json =>
        JsonNode.Parse(Text) as JsonObject
        ?? throw new InvalidOperationException($"{Status} {Text} is no JSON object.");

    /// <summary>A refusal whole; of a success only that it was one, for it can hold credentials.</summary>
    public override string ToString() => Status < 400 ? $"{Status}" : $"{Status} {Text}";

    public string ETag => Headers.ETag!.ToString();

    public string Code => Json["code"]!.GetValue<string>();

    public string this[string member] => Json[member]!.GetValue<string>();

    /// <summary>Fails unless the status is this one; returns itself.</summary>
    public ApiAnswer Is(int status)
    {
        Status.Should().Be(status, Text);
        return this;
    }

    /// <summary>Fails unless this is a whole problem document of this status and code; returns itself.</summary>
    /// <param name="status">The status.</param>
    /// <param name="code">One of the stable codes.</param>
    /// <param name="member">The member that <c>errors</c> names.</param>
    public ApiAnswer IsProblem(int status, string code, string? member = null)
    {
        Is(status);
        ContentType?.MediaType.Should().Be("application/problem+json");
        var problem = Json;
        problem["code"]!.GetValue<string>().Should().Be(code);
        problem["status"]!.GetValue<int>().Should().Be(status);
        string[] members = ["type", "title", "status", "detail", "code", "traceId"];
        problem
            .Select(m => m.Key)
            .Should()
            .BeEquivalentTo(code == "validation_failed" ? [.. members, "errors"] : members);
        foreach (var text in members.Where(m => m != "status"))
        {
            problem[text]!.GetValue<string>().Should().NotBeNullOrWhiteSpace(text);
        }

        if (member is not null)
        {
            problem["errors"]!.AsObject().Select(e => e.Key).Should().Contain(member);
        }

        ShowsNothingInternal();
        return this;
    }

    /// <summary>Fails where the text shows .NET's own names or stack traces.</summary>
    public void ShowsNothingInternal() =>
        Internals().IsMatch(Text).Should().BeFalse($"'{Text}' shows internals");

    [GeneratedRegex(
        @"System\.|Microsoft\.|Amazon\.|Buttonize\.[A-Z]|Exception|   at |Nullable|Int32|StackTrace|\.cs:"
    )]
    private static partial Regex Internals();
}

/// <summary>Calls of the API that return <see cref="ApiAnswer"/>.</summary>
public static class ApiCalls
{
    public static Task<ApiAnswer> GetAnswerAsync(
        this HttpClient client,
        string path,
        CancellationToken cancellationToken
    ) => client.CallAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Sends a request whose body is JSON, or content as it is, or nothing.</summary>
    public static async Task<ApiAnswer> CallAsync(
        this HttpClient client,
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body switch
            {
                null => null,
                HttpContent content => content,
                _ => JsonContent.Create(body),
            },
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, cancellationToken);
        return new ApiAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(cancellationToken),
            response.Headers,
            response.Content.Headers.ContentType
        );
    }

    /// <summary>A body as it is, whatever it is.</summary>
    public static HttpContent Raw(byte[] body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return content;
    }

    public static HttpContent Raw(string body, string? contentType = "application/json") =>
        Raw(Encoding.UTF8.GetBytes(body), contentType);

    /// <summary>The names of an object's members.</summary>
    public static IEnumerable<string> Members(this JsonNode? node) =>
        node!.AsObject().Select(m => m.Key);
}
