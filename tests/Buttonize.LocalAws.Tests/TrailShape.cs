using System.Globalization;
using System.Text.Json;

namespace Buttonize.LocalAws.Tests;

/// <summary>Compares records with AWS's member by member, in their order.</summary>
internal static class TrailShape
{
    /// <summary>Stands for any text but none.</summary>
    public const string Any = "*";

    /// <param name="template">The whole record as JSON, with <see cref="Any"/> for what differs each time.</param>
    public static void ShouldLookLike(this JsonElement record, string template)
    {
        var (expected, actual) = (Leaves(Parse(template)), Leaves(record));
        for (var index = 0; index < Math.Min(expected.Count, actual.Count); index++)
        {
            var (path, value) = expected[index];
            if (value == $"\"{Any}\"" && actual[index].Value is ['"', _, .., '"'] text)
            {
                text.Should().NotBe("\"\"", path);
                expected[index] = (path, text);
            }
        }
        actual.Should().Equal(expected, "{0}", record);
    }

    public static string Text(this JsonElement record, string path) =>
        path.Split('.').Aggregate(record, (element, name) => element.GetProperty(name)).ToString();

    /// <summary>Every path to a value, with the value as JSON, in order.</summary>
    public static List<(string Path, string Value)> Leaves(
        JsonElement element,
        string path = "$"
    ) =>
        element.ValueKind switch
        {
            JsonValueKind.Object =>
            [
                .. element
                    .EnumerateObject()
                    .SelectMany(member => Leaves(member.Value, $"{path}.{member.Name}")),
            ],
            JsonValueKind.Array =>
            [
                .. element
                    .EnumerateArray()
                    .SelectMany(
                        (item, index) =>
                            Leaves(
                                item,
                                string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")
                            )
                    ),
            ],
            // Characters can be escaped in more than one way.
            JsonValueKind.String => [(path, JsonSerializer.Serialize(element.GetString()))],
            _ => [(path, element.GetRawText())],
        };

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
