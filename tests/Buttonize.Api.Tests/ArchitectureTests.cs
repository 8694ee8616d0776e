using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Buttonize.Api.Apps;
using NetArchTest.Rules;

namespace Buttonize.Api.Tests;

/// <summary>The rules that keep the sources navigable. Each makes sure that it looks at something.</summary>
public sealed partial class ArchitectureTests
{
    private const string Marker = "m4rk3r-0123456789-abcdef";

    private static readonly Assembly Api = typeof(App).Assembly;

    [Theory]
    [InlineData("Amazon.DynamoDBv2", "Buttonize.Api.Storage")]
    [InlineData("Amazon.KeyManagementService", "Buttonize.Api.Storage")]
    [InlineData("Amazon.SecurityToken", "Buttonize.Api.Aws")]
    public void Only_one_folder_knows_a_service_of_AWS(string service, string folder)
    {
        var users = Types.InAssembly(Api).That().HaveDependencyOn(service).GetTypes().ToList();

        users.Should().NotBeEmpty();
        users.Should().OnlyContain(t => t.Namespace!.StartsWith(folder, StringComparison.Ordinal));
    }

    [Fact]
    public void Types_are_sealed_unless_they_are_made_for_inheritance()
    {
        var types = Api.GetTypes()
            .Where(t =>
                t.IsClass && t.Namespace?.StartsWith("Buttonize", StringComparison.Ordinal) == true
            )
            .Where(t => !IsGenerated(t))
            .ToList();

        types.Should().HaveCountGreaterThan(50);
        types.Where(t => !t.IsSealed && !t.IsAbstract).Should().BeEmpty();
    }

    [Fact]
    public void Types_are_internal()
    {
        var types = Api.GetTypes().Where(t => !IsGenerated(t) && t.Name != "Program").ToList();

        types.Should().HaveCountGreaterThan(50);
        types.Where(t => t.IsPublic).Should().BeEmpty();
    }

    [Fact]
    public void Time_comes_from_the_injected_clock_and_nothing_sleeps()
    {
        var sources = Sources();

        sources.Should().HaveCountGreaterThan(50);
        sources
            .SelectMany(file => File.ReadLines(file).Select(line => (file, line)))
            .Where(l => Clocks().IsMatch(l.line))
            .Should()
            .BeEmpty();
    }

    [Theory]
    [InlineData("var now = DateTime.UtcNow;")]
    [InlineData("DateTimeOffset.Now")]
    [InlineData("Thread.Sleep(1)")]
    public void The_rule_on_clocks_finds_them(string line) =>
        Clocks().IsMatch(line).Should().BeTrue();

    [Fact]
    public void Folders_are_named_after_the_domain()
    {
        var folders = Sources().SelectMany(f => Folders(f)).Distinct().ToList();

        folders.Should().Contain(["Apps", "Sessions", "Storage"]);
        folders
            .Should()
            .NotContain(f =>
                f.Equals("Services", StringComparison.OrdinalIgnoreCase)
                || f.Equals("Helpers", StringComparison.OrdinalIgnoreCase)
                || f.Equals("Common", StringComparison.OrdinalIgnoreCase)
                || f.Equals("Utils", StringComparison.OrdinalIgnoreCase)
            );
    }

    [Fact]
    public void Program_is_a_table_of_contents()
    {
        var lines = File.ReadAllLines(
            Path.Join(Repository.Root, "src", "Buttonize.Api", "Program.cs")
        );

        lines.Length.Should().BeInRange(10, 40);
    }

    [Fact]
    public void What_holds_a_secret_does_not_print_it()
    {
        // Whatever has a member of such a name is built with a marker in it; a new one is found by its name.
        var holders = Api.GetTypes()
            .Where(t => !t.IsAbstract && !t.ContainsGenericParameters && !IsGenerated(t))
            .Where(t => t.GetProperties(All).Any(IsSecret))
            .Where(t => t.GetMethods().Any(m => m.Name == "<Clone>$"))
            .ToList();

        holders
            .Select(t => t.Name)
            .Should()
            .Contain([
                "SessionCredentials",
                "CredentialsMembers",
                "ProcessCredentialsResponse",
                "ContainerCredentialsResponse",
                "NewApiKeyResponse",
                "ExternalIdResponse",
                "AppRequest",
                "AppReplacementRequest",
            ]);
        foreach (var type in holders)
        {
            var made = RuntimeHelpers.GetUninitializedObject(type);
            foreach (var property in type.GetProperties(All).Where(IsSecret))
            {
                var field = Backing(type, property);
                field
                    .Should()
                    .NotBeNull($"{type.Name}.{property.Name} has to be set for this test");
                field.SetValue(made, Marker);
            }

            made.ToString().Should().NotContain(Marker, type.FullName);
        }
    }

    [Fact]
    public void Parsed_secrets_do_not_print_themselves()
    {
        ExternalId.TryParse(Marker, out var externalId).Should().BeTrue();
        $"{externalId}".Should().NotContain(Marker);
        externalId!.Reveal().Should().Be(Marker);
        var key = Buttonize.Api.Organizations.ApiKeySecret.New();
        $"{key}".Should().NotContain(key.Reveal()[5..]);
        $"{new Registration(null!, externalId)}".Should().NotContain(Marker);
    }

    private const BindingFlags All =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static bool IsSecret(PropertyInfo property) =>
        property.PropertyType == typeof(string) && Secret().IsMatch(property.Name);

    private static FieldInfo? Backing(Type type, PropertyInfo property)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (at.GetField($"<{property.Name}>k__BackingField", All) is { } field)
            {
                return field;
            }
        }

        return null;
    }

    private static bool IsGenerated(Type type) =>
        type.Name.Contains('<', StringComparison.Ordinal)
        || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || type.DeclaringType is { } outer && IsGenerated(outer)
        || type.Namespace?.StartsWith("Buttonize", StringComparison.Ordinal) != true;

    private static List<string> Sources() =>
        [
            .. Directory
                .EnumerateFiles(
                    Path.Join(Repository.Root, "src"),
                    "*.cs",
                    SearchOption.AllDirectories
                )
                .Where(f => !Folders(f).Any(d => d is "obj" or "bin" or "node_modules")),
        ];

    private static string[] Folders(string file) =>
        Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!)
            .Split(Path.DirectorySeparatorChar);

    [GeneratedRegex(
        @"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b|\bThread\.Sleep\b|\bStopwatch\.(StartNew|GetTimestamp)\b|\bEnvironment\.TickCount"
    )]
    private static partial Regex Clocks();

    [GeneratedRegex("^(ExternalId|ApiKey|SecretAccessKey|SessionToken|Token|Password|Secret)$")]
    private static partial Regex Secret();
}
