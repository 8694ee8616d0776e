using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using FluentValidation;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Buttonize.Api.Hosting;

/// <summary>
/// A JSON body, read strictly: UTF-8 only, no unknown or duplicate members, no wrong types, bounded in size and depth; then checked
/// by the validator of <typeparamref name="T"/>. An empty body counts as <c>{}</c>.
/// </summary>
internal sealed record Body<T>(T Value)
    : IBindableFromHttpContext<Body<T>>,
        IEndpointParameterMetadataProvider
    where T : class
{
    /// <summary>The largest body taken: the largest app there can be, with every character escaped, is smaller.</summary>
    public const int MaximumBytes = 256 * 1024;

    private const int MaximumDepth = 16;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        Converters = { new JsonTime() },
    };

    /// <inheritdoc/>
    public static async ValueTask<Body<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var json = await ReadAsync(context.Request, context.RequestAborted);
        var value = Deserialize(json.Length == 0 ? "{}"u8.ToArray() : json);
        if (context.RequestServices.GetService<IValidator<T>>() is { } validator)
        {
            var result = await validator.ValidateAsync(value, context.RequestAborted);
            if (!result.IsValid)
            {
                throw new RefusedException(Problems.ValidationFailed(Errors(result)));
            }
        }

        return new Body<T>(value);
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new AcceptsMetadata(["application/json"], typeof(T), isOptional: true)
        );

    private static async Task<byte[]> ReadAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        if (request.ContentLength > MaximumBytes)
        {
            throw new RefusedException(Problems.PayloadTooLarge(MaximumBytes));
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[8 * 1024];
        int read;
        while ((read = await ReadAsync(request.Body, chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > MaximumBytes)
            {
                throw new RefusedException(Problems.PayloadTooLarge(MaximumBytes));
            }

            buffer.Write(chunk, 0, read);
        }

        if (buffer.Length > 0 && !IsUtf8Json(request))
        {
            throw new RefusedException(Problems.UnsupportedMediaType());
        }

        return buffer.ToArray();
    }

    private static async Task<int> ReadAsync(
        Stream body,
        byte[] chunk,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await body.ReadAsync(chunk, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new RefusedException(Problems.RequestTimeout());
        }
    }

    private static bool IsUtf8Json(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (
            !type.Charset.HasValue
            || HeaderUtilities
                .RemoveQuotes(type.Charset)
                .Equals("utf-8", StringComparison.OrdinalIgnoreCase)
        );

    private static T Deserialize(byte[] json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new RefusedException(
                Problems.MalformedJson("The body is not valid UTF-8; encode it as UTF-8.")
            );
        }

        try
        {
            using var document = JsonDocument.Parse(
                json,
                new JsonDocumentOptions
                {
                    MaxDepth = MaximumDepth,
                    AllowDuplicateProperties = false,
                }
            );
            return document.Deserialize<T>(Strict)
                ?? throw new RefusedException(
                    Problems.MalformedJson("The body is null; send a JSON object.")
                );
        }
        catch (JsonException fault) when (fault.Path is { Length: > 1 } path)
        {
            throw new RefusedException(Problems.ValidationFailed(MemberOf(path), Message(fault)));
        }
        catch (JsonException fault)
        {
            throw new RefusedException(Problems.MalformedJson(Malformed(fault)));
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate written as \ud800 is well-formed JSON and no text.
            throw new RefusedException(
                Problems.MalformedJson(
                    "A string holds half a surrogate pair; send whole characters."
                )
            );
        }
    }

    /// <summary>The member that a path of the library names: <c>$.tags[0]</c>, or <c>$['odd name']</c>.</summary>
    private static string MemberOf(string path) =>
        path.StartsWith("$['", StringComparison.Ordinal)
        && path.EndsWith("']", StringComparison.Ordinal)
            ? path[3..^2]
            : path[2..];

    // The library's messages name .NET types, and can quote what was sent: neither is for the caller.
    private static string Message(JsonException fault) =>
        fault.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? "There is no such member here; take it out, or check its spelling (case counts)."
            : "The value has the wrong type; the API's document at /docs gives the type of each member.";

    private static string Malformed(JsonException fault) =>
        fault.Message.StartsWith("Duplicate", StringComparison.Ordinal)
            ? $"The member '{fault.Message.Split('\'').ElementAtOrDefault(1)}' is there twice; send each member once."
            : $"The body is not a JSON object of at most {MaximumDepth} levels (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}); mend the JSON.";

    private static Dictionary<string, string[]> Errors(
        FluentValidation.Results.ValidationResult result
    ) =>
        result
            .Errors.GroupBy(
                e => MemberPath(e.PropertyName),
                e => e.ErrorMessage,
                StringComparer.Ordinal
            )
            .ToDictionary(g => g.Key, g => g.Distinct().ToArray(), StringComparer.Ordinal);

    private static string MemberPath(string property) =>
        string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}

/// <summary>The body of a call that takes no members: nothing, or <c>{}</c>.</summary>
internal sealed record EmptyRequest;
