using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Operator;

/// <summary>
/// Where commands write: what was asked for to standard output, as a table or as the JSON that the API would answer with; everything else to
/// standard error.
/// </summary>
internal sealed class Terminal(IServiceProvider services, bool json)
{
    private readonly TextWriter output = Console.Out;
    private readonly TextWriter error = Console.Error;

    private readonly JsonSerializerOptions wire = services
        .GetRequiredService<IOptions<JsonOptions>>()
        .Value.SerializerOptions;

    /// <summary>Writes one thing.</summary>
    /// <param name="value">The thing as it goes over the wire.</param>
    /// <param name="rows">The same for people: a name and a value each.</param>
    public void Show<T>(T value, params (string Name, object? Value)[] rows)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(value, wire));
            return;
        }

        var width = rows.Max(r => r.Name.Length) + 2;
        foreach (var (name, text) in rows)
        {
            output.WriteLine($"{name.PadRight(width)}{Text(text)}".TrimEnd());
        }
    }

    /// <summary>Writes a list.</summary>
    /// <param name="items">The things as they go over the wire.</param>
    /// <param name="columns">The same for people: headings, and a thing's values.</param>
    public void List<T>(
        IReadOnlyList<T> items,
        params (string Heading, Func<T, object?> Value)[] columns
    )
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { items }, wire));
            return;
        }

        string[][] lines =
        [
            [.. columns.Select(c => c.Heading)],
            .. items.Select(item => columns.Select(c => Text(c.Value(item))).ToArray()),
        ];
        var widths = columns.Select((_, i) => lines.Max(line => line[i].Length) + 2).ToArray();
        foreach (var line in lines)
        {
            output.WriteLine(
                string.Concat(line.Select((text, i) => text.PadRight(widths[i]))).TrimEnd()
            );
        }
    }

    /// <summary>Says something beside the output.</summary>
    public void Say(string line) => error.WriteLine(line);

    /// <summary>Says why a command ends like this.</summary>
    public int End(int exitCode, string line)
    {
        Say(line);
        return exitCode;
    }

    /// <summary>Names are whatever somebody's identity provider says: nothing in them may steer the terminal.</summary>
    private static string Text(object? value) =>
        value switch
        {
            null => "-",
            DateTimeOffset time => Storage.Item.Format(time),
            _ => string.Concat($"{value}".Select(c => char.IsControl(c) ? '?' : c)),
        };
}
