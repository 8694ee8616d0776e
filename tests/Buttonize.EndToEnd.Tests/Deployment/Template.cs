using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.EndToEnd.Tests.Deployment;

/// <summary>
/// A synthesized CloudFormation template: its resources in the order in which they can be made, and its intrinsic functions as far as the
/// templates of this repository use them. Anything else is an error.
/// </summary>
public sealed partial class Template(JsonObject document)
{
    /// <summary>What the example's <c>cdk.json</c> has.</summary>
    private const string ExampleControlPlane = "https://buttonize.example.com";

    private const string ExampleAccount = "111122223333";

    private JsonObject Resources => document[nameof(Resources)]!.AsObject();

    public static async Task<Template> ReadAsync(
        string path,
        CancellationToken cancellationToken
    ) => new(JsonNode.Parse(await File.ReadAllTextAsync(path, cancellationToken))!.AsObject());

    /// <summary>A copy in which a test may change something, as a developer would in the stack.</summary>
    public Template With(Action<JsonObject> change)
    {
        var copy = document.DeepClone().AsObject();
        change(copy[nameof(Resources)]!.AsObject());
        return new Template(copy);
    }

    /// <summary>A copy in which a resource has another logical id: to CloudFormation, another resource.</summary>
    public Template WithRenamed(string logicalId) =>
        Replace($"\"{logicalId}\"", $"\"{logicalId}2\"");

    /// <summary>A copy for another control plane, in another account than the example's.</summary>
    public Template WithControlPlane(Uri address, string accountId) =>
        Replace(ExampleControlPlane, address.GetLeftPart(UriPartial.Authority))
            .Replace(ExampleAccount, accountId);

    private Template Replace(string text, string by) =>
        new(
            JsonNode
                .Parse(document.ToJsonString().Replace(text, by, StringComparison.Ordinal))!
                .AsObject()
        );

    /// <summary>The resources, each after those that it needs.</summary>
    public IReadOnlyList<TemplateResource> InOrder()
    {
        List<TemplateResource> ordered = [];
        HashSet<string> done = new(StringComparer.Ordinal);
        foreach (var (id, _) in Resources)
        {
            Visit(id);
        }

        return ordered;

        void Visit(string id)
        {
            if (!done.Add(id))
            {
                return;
            }

            var resource = Resources[id]!.AsObject();
            foreach (var needed in Needs(resource))
            {
                Visit(needed);
            }

            ordered.Add(
                new TemplateResource(
                    id,
                    resource["Type"]!.GetValue<string>(),
                    resource["Properties"]?.AsObject() ?? []
                )
            );
        }
    }

    private IEnumerable<string> Needs(JsonObject resource)
    {
        IEnumerable<string> declared = resource["DependsOn"] switch
        {
            JsonArray several => several.Select(n => n!.GetValue<string>()),
            JsonValue one => [one.GetValue<string>()],
            _ => [],
        };
        return declared.Concat(References(resource["Properties"])).Where(Resources.ContainsKey);
    }

    private static IEnumerable<string> References(JsonNode? node) =>
        node switch
        {
            JsonObject { Count: 1 } o when o["Ref"] is JsonValue name => [name.GetValue<string>()],
            JsonObject { Count: 1 } o when o["Fn::GetAtt"] is JsonArray path =>
            [
                path[0]!.GetValue<string>(),
            ],
            JsonObject o => o.SelectMany(member => References(member.Value)),
            JsonArray items => items.SelectMany(References),
            _ => [],
        };

    /// <summary>
    /// Replaces intrinsic functions by their values. References to secrets stay: CloudFormation hands them on to custom resources as they are.
    /// </summary>
    /// <param name="node">A property.</param>
    /// <param name="reference"><c>Ref</c>.</param>
    /// <param name="attribute"><c>Fn::GetAtt</c>.</param>
    public static JsonNode? Resolve(
        JsonNode? node,
        Func<string, string> reference,
        Func<string, string, string> attribute
    )
    {
        return node switch
        {
            JsonObject { Count: 1 } o when o["Ref"] is JsonValue name => reference(
                name.GetValue<string>()
            ),
            JsonObject { Count: 1 } o when o["Fn::GetAtt"] is JsonArray path => attribute(
                path[0]!.GetValue<string>(),
                path[1]!.GetValue<string>()
            ),
            JsonObject { Count: 1 } o when o["Fn::Join"] is JsonArray join => string.Join(
                join[0]!.GetValue<string>(),
                Inner(join[1])!.AsArray().Select(part => part!.GetValue<string>())
            ),
            JsonObject { Count: 1 } o when o["Fn::Sub"] is JsonValue text => Placeholder()
                .Replace(text.GetValue<string>(), match => reference(match.Groups[1].Value)),
            JsonObject { Count: 1 } o
                when o.Single().Key.StartsWith("Fn::", StringComparison.Ordinal) =>
                throw new NotSupportedException($"{o.Single().Key} is not known here."),
            JsonObject o => new JsonObject(
                o.Select(m => KeyValuePair.Create(m.Key, Inner(m.Value)))
            ),
            JsonArray items => new JsonArray([.. items.Select(Inner)]),
            _ => node?.DeepClone(),
        };

        JsonNode? Inner(JsonNode? part) => Resolve(part, reference, attribute);
    }

    [GeneratedRegex(@"\$\{([A-Za-z0-9:]+)\}")]
    private static partial Regex Placeholder();
}

/// <summary>One resource of a template.</summary>
public sealed record TemplateResource(string LogicalId, string Type, JsonObject Properties);
