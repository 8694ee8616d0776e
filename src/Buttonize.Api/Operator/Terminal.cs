using System.Text.Json;
using Buttonize.Api.Apps;
using Buttonize.Api.Storage;
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

    private readonly JsonSerializerOptions indented = new(
        services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions
    )
    {
        WriteIndented = true,
    };

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

    /// <summary>Writes a document for people to paste elsewhere, where <see cref="Show"/> has not written it as a part of its JSON.</summary>
    public void Paste<T>(T document)
    {
        if (!json)
        {
            output.WriteLine();
            output.WriteLine(JsonSerializer.Serialize(document, indented));
        }
    }

    /// <summary>Whether the operator means it: they said so on the command line, or type what is asked for.</summary>
    /// <param name="yes">Whether <c>--yes</c> was given.</param>
    /// <param name="what">What will be done, and that it cannot be undone.</param>
    /// <param name="typed">What has to be typed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<bool> ConfirmAsync(
        bool yes,
        string what,
        string typed,
        CancellationToken cancellationToken
    )
    {
        if (yes)
        {
            return true;
        }

        Say(what);
        if (Console.IsInputRedirected)
        {
            Say(
                "There is no terminal to confirm that on, so nothing was done; repeat the command with --yes."
            );
            return false;
        }

        await error.WriteAsync($"Type {typed} to go on: ");

        // Reading a terminal heeds no token: the process ends around it.
        var line = await Task.Run(Console.ReadLine, CancellationToken.None)
            .WaitAsync(cancellationToken);
        if (line?.Trim() == typed)
        {
            return true;
        }

        Say("That is something else, so nothing was done.");
        return false;
    }

    /// <summary>Says something beside the output.</summary>
    public void Say(string line) => error.WriteLine(line);

    /// <summary>Says why a command ends like this.</summary>
    public int End(int exitCode, string line)
    {
        Say(line);
        return exitCode;
    }

    /// <summary>Says that there is no such organization, and how that ends.</summary>
    public int NoOrganization() => End(ExitCode.NotFound, "There is no such organization.");

    /// <summary>A suspension in words.</summary>
    public static string Words(Suspension? suspension) =>
        suspension is null
            ? "no"
            : $"by {suspension.ByText} since {Item.Format(suspension.At)}: {suspension.Reason}";

    /// <summary>Names are whatever somebody's identity provider says: nothing in them may steer the terminal.</summary>
    private static string Text(object? value) =>
        value switch
        {
            null => "-",
            DateTimeOffset time => Item.Format(time),
            _ => string.Concat($"{value}".Select(c => char.IsControl(c) ? '?' : c)),
        };
}
