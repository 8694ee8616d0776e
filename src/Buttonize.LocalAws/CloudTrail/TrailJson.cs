using System.Text.Encodings.Web;
using System.Text.Json;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>The JSON of records and of the files that hold them.</summary>
internal static class TrailJson
{
    /// <summary>Plus signs and letters of any script as they are, as in AWS's files.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A log file's content: <c>{"Records":[…]}</c>.</summary>
    public static void WriteFile(Stream target, IEnumerable<TrailRecord> records)
    {
        using var json = new Utf8JsonWriter(
            target,
            new JsonWriterOptions { Encoder = Options.Encoder }
        );
        json.WriteStartObject();
        json.WriteStartArray("Records");
        foreach (var record in records)
        {
            record.Write(json);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteStringIfAny(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    public static void WriteNumberIfAny(this Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    public static void WriteObjectOrNull(
        this Utf8JsonWriter json,
        string name,
        Action<Utf8JsonWriter>? write
    )
    {
        if (write is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WritePropertyName(name);
        write(json);
    }
}
