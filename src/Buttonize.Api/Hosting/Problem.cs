using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Buttonize.Api.Trust;
using Microsoft.AspNetCore.WebUtilities;

namespace Buttonize.Api.Hosting;

/// <summary>
/// A refusal or fault as the caller sees it: an RFC 9457 problem document with a stable <see cref="Code"/> and a
/// <see cref="Detail"/> that says what to do. Details never carry secrets or another tenant's data.
/// </summary>
internal sealed record Problem(int Status, string Code, string Detail) : IResult
{
    /// <summary>The media type of RFC 9457.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>For <c>validation_failed</c>: the member's path, and what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>For <c>trust_check_failed</c>: what was tried, and what was found.</summary>
    public IReadOnlyList<VerificationCheck>? Checks { get; init; }

    /// <summary>For <c>trust_check_failed</c>: the actions that the trust policy does not allow, where known.</summary>
    public IReadOnlyList<string>? MissingActions { get; init; }

    /// <summary>After how many seconds another try makes sense, sent as <c>Retry-After</c>.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The code of the problem that this request was answered with, or is about to be; null for a success.</summary>
    public static string? CodeOf(HttpContext context) =>
        context.Items[typeof(Problem)] as string
        ?? (
            context.Response.StatusCode < StatusCodes.Status400BadRequest
                ? null
                : Problems.OfStatus(context.Response.StatusCode).Code
        );

    // Never part of a page, and read by people in terminals: quotes stay quotes.
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerOptions.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Items[typeof(Problem)] = Code;
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (
            Status == StatusCodes.Status401Unauthorized
            && response.Headers.WWWAuthenticate.Count == 0
        )
        {
            // RFC 9110, 15.5.2, also where the refusal comes from further inside than authentication.
            response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }

        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            );
        }

        var document = new ProblemDocument(
            $"urn:buttonize:problem:{Code}",
            ReasonPhrases.GetReasonPhrase(Status),
            Status,
            Detail,
            Code,
            Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier,
            Errors,
            Checks,
            MissingActions
        );
        var json = JsonSerializer.SerializeToUtf8Bytes(document, Readable);
        response.ContentType = ContentType;
        response.ContentLength = json.Length;

        // Not under the request's token: the answer to a call whose time is up has to be written after that.
        await response.Body.WriteAsync(json, CancellationToken.None);
    }
}

/// <summary>The members of a problem document on the wire.</summary>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Code,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string[]>? Errors,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<VerificationCheck>? Checks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<string>? MissingActions
);
