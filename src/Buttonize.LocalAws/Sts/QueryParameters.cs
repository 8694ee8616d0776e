using System.Globalization;
using System.Net;
using System.Text;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// The form body of the AWS query protocol. Remembers what was asked for, so that what nobody knows can be refused by name.
/// </summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>The first parameter that was given more than once.</summary>
    public string? Repeated { get; private init; }

    public static QueryParameters Parse(ReadOnlySpan<byte> body)
    {
        string? repeated = null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = Encoding.UTF8.GetString(body);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = WebUtility.UrlDecode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : WebUtility.UrlDecode(pair[(equals + 1)..]);
            if (!values.TryAdd(name, value))
            {
                repeated ??= name;
            }
        }
        var parameters = new QueryParameters { Repeated = repeated };
        foreach (var (name, value) in values)
        {
            parameters.values[name] = value;
        }
        return parameters;
    }

    public string? Take(string name)
    {
        taken.Add(name);
        return values.GetValueOrDefault(name);
    }

    /// <summary>A list of plain values: <c>Name.member.1</c>, <c>Name.member.2</c>, … without gaps.</summary>
    public IReadOnlyList<string> TakeList(string name) =>
        [.. Members(name, [""]).Select(prefix => Take(prefix)!)];

    /// <summary>A list of structures, as the prefixes of their members: <c>Name.member.1</c>, ….</summary>
    public IReadOnlyList<string> Members(string name, IReadOnlyList<string> suffixes)
    {
        // An empty list is sent as the bare name with nothing after it.
        if (values.GetValueOrDefault(name) == "")
        {
            taken.Add(name);
        }
        var prefixes = new List<string>();
        while (true)
        {
            var number = (prefixes.Count + 1).ToString(CultureInfo.InvariantCulture);
            var prefix = $"{name}.member.{number}";
            if (!suffixes.Any(suffix => values.ContainsKey(prefix + suffix)))
            {
                return prefixes;
            }
            prefixes.Add(prefix);
        }
    }

    /// <summary>Parameters that nobody took, in the order sent.</summary>
    public IReadOnlyList<string> Untaken => [.. values.Keys.Where(name => !taken.Contains(name))];
}
