using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Buttonize.Api.Hosting;

/// <summary>
/// Times on the wire: RFC 3339. Written in UTC with <c>Z</c> (some AWS SDKs read nothing else in credentials) and to the millisecond, as
/// they are stored; read with any offset, but never without one, which would mean this machine's own time zone.
/// </summary>
internal sealed partial class JsonTime : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override DateTimeOffset Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!) is { } time
            ? time
            : throw new JsonException();

    /// <summary>The time that the text is, in UTC; null where it is none, or has no offset.</summary>
    public static DateTimeOffset? TryParse(string text) =>
        Rfc3339().IsMatch(text)
        && DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time.ToUniversalTime()
            : null;

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        DateTimeOffset value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));

    [GeneratedRegex(
        @"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Rfc3339();
}
