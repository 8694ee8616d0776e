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
        List(Properties, "GlobalSecondaryIndexes")
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

    /// <summary>CloudFormation refuses two new indexes in one update, and an attribute that no key has.</summary>
    [Fact]
    public void A_table_of_before_the_ledger_gets_its_indexes_one_at_a_time()
    {
        Text(Map(Map(Template, "Parameters"), "LedgerIndexes"), "Default").Should().Be("both");
        var (first, all) = (Indexes(whole: false), Indexes(whole: true));

        first.Should().HaveCount(2).And.StartWith("checks");
        all.Should().HaveCount(3).And.StartWith(first);
        List(Properties, "AttributeDefinitions", whole: false)
            .Select(a => Text(a, "AttributeName"))
            .Should()
            .BeEquivalentTo("pk", "sk", "checkQueue", "checkAt", "userId", "issuedToPerson");

        static List<string> Indexes(bool whole) =>
            [
                .. List(Properties, "GlobalSecondaryIndexes", whole)
                    .Select(i => Text(i, "IndexName")),
            ];
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
    ) => List(of, list).Select(entry => (Text(entry, first), Text(entry, second)));

    /// <summary>A list, with what is there on the template's only condition: with all indexes, as by default.</summary>
    private static IEnumerable<YamlMappingNode> List(
        YamlMappingNode of,
        string list,
        bool whole = true
    ) =>
        ((YamlSequenceNode)of[list])
            .Select(entry =>
                entry is YamlSequenceNode { Tag.Value: "!If" } either
                && either[0].ToString() == "HasBothLedgerIndexes"
                    ? either[whole ? 1 : 2]
                    : entry
            )
            .OfType<YamlMappingNode>();

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
