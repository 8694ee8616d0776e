using Buttonize.Api.Storage;
using YamlDotNet.RepresentationModel;

namespace Buttonize.Api.Tests.Storage;

/// <summary>The table of a deployment is the table that the program needs.</summary>
public sealed class TableDefinitionTests
{
    private static readonly YamlMappingNode Template = Read();

    private static YamlMappingNode Table => Map(Map(Template, "Resources"), "Table");

    private static YamlMappingNode Properties => Map(Table, "Properties");

    [Fact]
    public void The_template_makes_the_table_that_the_program_makes_for_itself()
    {
        var request = TableDefinition.CreateRequest("any");

        Text(Table, "Type").Should().Be("AWS::DynamoDB::Table");
        Text(Properties, "BillingMode").Should().Be(request.BillingMode.Value);
        Entries(Properties, "KeySchema", "AttributeName", "KeyType")
            .Should()
            .Equal(request.KeySchema.Select(k => (k.AttributeName, k.KeyType.Value)));
        Entries(Properties, "AttributeDefinitions", "AttributeName", "AttributeType")
            .Should()
            .BeEquivalentTo(
                request.AttributeDefinitions.Select(a => (a.AttributeName, a.AttributeType.Value))
            );
        request.GlobalSecondaryIndexes.Should().HaveCountLessThanOrEqualTo(3);
        ((YamlSequenceNode)Properties["GlobalSecondaryIndexes"])
            .Cast<YamlMappingNode>()
            .Select(index =>
                (
                    Text(index, "IndexName"),
                    Text(Map(index, "Projection"), "ProjectionType"),
                    string.Join(' ', Entries(index, "KeySchema", "AttributeName", "KeyType"))
                )
            )
            .Should()
            .Equal(
                request.GlobalSecondaryIndexes.Select(index =>
                    (
                        index.IndexName,
                        index.Projection.ProjectionType.Value,
                        string.Join(
                            ' ',
                            index.KeySchema.Select(k => (k.AttributeName, k.KeyType.Value))
                        )
                    )
                )
            );
        var ttl = Map(Properties, "TimeToLiveSpecification");
        Text(ttl, "AttributeName").Should().Be(TableDefinition.TimeToLiveAttribute);
        Text(ttl, "Enabled").Should().Be("true");
    }

    [Fact]
    public void The_template_keeps_what_is_in_the_table()
    {
        Text(Table, "DeletionPolicy").Should().Be("Retain");
        Text(Table, "UpdateReplacePolicy").Should().Be("Retain");
        Text(Properties, "DeletionProtectionEnabled").Should().Be("true");
        Text(Map(Properties, "PointInTimeRecoverySpecification"), "PointInTimeRecoveryEnabled")
            .Should()
            .Be("true");
        Text(Map(Properties, "SSESpecification"), "SSEEnabled").Should().Be("true");
    }

    [Fact]
    public void The_tables_name_is_a_parameter_with_the_programs_default()
    {
        var parameter = Map(Map(Template, "Parameters"), "TableName");

        Text(parameter, "Type").Should().Be("String");
        Text(parameter, "Default")
            .Should()
            .Be(new Buttonize.Api.Hosting.ButtonizeOptions().TableName);
        var name = (YamlScalarNode)Properties["TableName"];
        (name.Tag.Value, name.Value).Should().Be(("!Ref", "TableName"));
        Map(Template, "Outputs")
            .Children.Keys.Select(k => k.ToString())
            .Should()
            .BeEquivalentTo("TableName", "TableArn");
    }

    private static IEnumerable<(string, string)> Entries(
        YamlMappingNode of,
        string list,
        string first,
        string second
    ) =>
        ((YamlSequenceNode)of[list])
            .Cast<YamlMappingNode>()
            .Select(entry => (Text(entry, first), Text(entry, second)));

    private static YamlMappingNode Map(YamlMappingNode node, string name) =>
        (YamlMappingNode)node[name];

    private static string Text(YamlMappingNode node, string name) =>
        ((YamlScalarNode)node[name]).Value!;

    private static YamlMappingNode Read()
    {
        var yaml = new YamlStream();
        using var file = File.OpenText(
            Path.Join(Repository.Root, "deploy", "table.cloudformation.yaml")
        );
        yaml.Load(file);
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }
}
