using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>A CloudFormation template of <c>deploy/</c>, with its intrinsic functions resolved as a deployment would.</summary>
/// <param name="file">Its name.</param>
/// <param name="values">What parameters, pseudo parameters, conditions and attributes are.</param>
public sealed partial class DeployedTemplate(
    string file,
    IReadOnlyDictionary<string, string> values
)
{
    /// <summary>The properties of one of its resources.</summary>
    public JsonObject Properties(string resource) => Resource(resource)["Properties"]!.AsObject();

    /// <summary>One of its resources.</summary>
    public JsonObject Resource(string resource)
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(Path.Join(Repository.Root, "deploy", file));
        yaml.Load(text);
        return Resolve(yaml.Documents.Single().RootNode["Resources"][resource])!.AsObject();
    }

    private JsonNode? Resolve(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode map:
                return new JsonObject(
                    map.Select(entry =>
                        KeyValuePair.Create(entry.Key.ToString(), Resolve(entry.Value))
                    )
                );
            case YamlSequenceNode { Tag: { IsEmpty: false, Value: "!If" } } choice:
                return Resolve(choice[values[choice[0].ToString()] == "true" ? 1 : 2]);
            case YamlSequenceNode list:
                return new JsonArray([.. list.Select(Resolve)]);
            default:
                var text = ((YamlScalarNode)node).Value!;
                return (node.Tag.IsEmpty ? "" : node.Tag.Value) switch
                {
                    "!Ref" or "!GetAtt" => values[text],
                    "!Sub" => Variable().Replace(text, name => values[name.Groups[1].Value]),
                    "" => text,
                    var unknown => throw new NotSupportedException(unknown),
                };
        }
    }

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}
