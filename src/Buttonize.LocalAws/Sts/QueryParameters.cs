using System.Globalization;
using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// The parameters of the AWS query protocol, from the query string or from a form as the body. Remembers what was asked for,
/// so that what nobody knows can be refused by name.
/// </summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>Set when the parameters can be understood in more than one way, or not at all.</summary>
    public AwsError? Refusal { get; private init; }

    /// <summary>Those of the signature are left out of the query string: they are not the operation's.</summary>
    public static QueryParameters Of(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var inQuery = RequestTarget
            .Of(request)
            .Query?.Where(pair => !PresignedQuery.Parameters.Contains(pair.Name))
            .ToArray();
        var inBody = QueryPairs.Parse(body);
        QueryPair[] all = [.. inQuery ?? [], .. inBody ?? []];
        var repeated = all.GroupBy(pair => pair.Name).FirstOrDefault(group => group.Count() > 1);
        var parameters = new QueryParameters
        {
            Refusal =
                inQuery is null || inBody is null
                    ? StsErrors.MalformedQuery(AuthenticationFailure.MalformedQuery.Message)
                : inQuery.Length > 0 && body.Length > 0
                    ? StsErrors.Invalid(
                        $"The parameter '{inQuery[0].Name}' is in the query string of a call that has a body too."
                    )
                : HttpMethods.IsGet(request.Method) && body.Length > 0
                    ? StsErrors.Invalid("A call by GET has its parameters in the query string.")
                : repeated is not null
                    ? StsErrors.Invalid($"The parameter '{repeated.Key}' is given more than once.")
                : null,
        };
        foreach (var (name, value) in all)
        {
            parameters.values.TryAdd(name, value);
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
