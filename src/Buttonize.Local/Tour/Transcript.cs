using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Local.Tour;

/// <summary>Writes the tour so that a newcomer can follow it: what was asked, and what came back, without its secrets.</summary>
internal sealed class Transcript(TextWriter output)
{
    /// <summary>For people to read, so no escapes; it is never put into a page.</summary>
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions OnOneLine = new(Readable)
    {
        WriteIndented = false,
    };

    private int _step;

    /// <summary>The heading of the current step.</summary>
    public string CurrentStep { get; private set; } = "The start";

    /// <summary>Begins a step.</summary>
    public void Step(string heading)
    {
        CurrentStep = $"{++_step}. {heading}";
        output.WriteLine();
        output.WriteLine(CurrentStep);
    }

    /// <summary>An explanation.</summary>
    public void Say(string text) => output.WriteLine($"   {text}");

    /// <summary>A request as it was sent.</summary>
    public void Request(string line, JsonNode? body = null)
    {
        output.WriteLine($"   > {line}");
        if (Redaction.Redact(body) is { } shown)
        {
            output.WriteLine($"   > {shown.ToJsonString(OnOneLine)}");
        }
    }

    /// <summary>What came back.</summary>
    public void Answer(string line, JsonNode? body = null)
    {
        output.WriteLine($"   < {line}");
        Show(body);
    }

    /// <summary>A document.</summary>
    public void Show(JsonNode? document)
    {
        var text = Redaction.Redact(document)?.ToJsonString(Readable) ?? "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            output.WriteLine($"     {line.TrimEnd('\r')}");
        }
    }
}
