using Buttonize.Api.Operator;

namespace Buttonize.Api.Tests.Operators;

/// <summary>How the command line is read, and how the program ends: by exit codes and one line, whatever is wrong.</summary>
public sealed class CommandLineTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string NoId = "AAAAAAAAAAAAAAAAAAAAA";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData]
    [InlineData("--urls", "http://127.0.0.1:5080")]
    [InlineData("--environment", "Production")]
    [InlineData("--Buttonize:TableName=x")]
    [InlineData("/urls=http://127.0.0.1:5080")]
    [InlineData("Buttonize:TableName=x", "organizations")]
    public void Configuration_is_not_a_command(params string[] args) =>
        OperatorProgram.IsMeantBy(args).Should().BeFalse();

    [Theory]
    [InlineData("organizations")]
    [InlineData("organisations", "suspend")]
    [InlineData("health", "http://localhost:5080/health/live")]
    [InlineData("--json", "organizations", "show")]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--version")]
    public void A_word_is_a_command_even_a_mistyped_one(params string[] args) =>
        OperatorProgram.IsMeantBy(args).Should().BeTrue();

    [Fact]
    public async Task Help_explains_every_command_with_an_example()
    {
        string[][] commands =
        [
            ["organizations", "show"],
            ["organizations", "suspend"],
            ["organizations", "resume"],
            ["apps", "list"],
            ["apps", "verify"],
            ["apps", "suspend"],
            ["apps", "resume"],
            ["api-keys", "list"],
            ["api-keys", "revoke"],
            ["members", "suspend"],
            ["members", "resume"],
            ["keys", "list"],
            ["keys", "rotate"],
            ["keys", "reencrypt"],
            ["keys", "rewrap"],
            ["ledger", "export"],
        ];

        var root = await HelpAsync();
        root.Should().Contain("Exit codes:").And.Contain("health <url>");
        foreach (var nouns in commands.GroupBy(c => c[0]))
        {
            root.Should().Contain(nouns.Key);
            var noun = await HelpAsync(nouns.Key);
            foreach (var command in nouns)
            {
                noun.Should().Contain(command[1]);
                (await HelpAsync(command))
                    .Should()
                    .Contain("Example")
                    .And.Contain($"  Buttonize.Api {string.Join(' ', command)}");
            }
        }

        async Task<string> HelpAsync(params string[] command)
        {
            var ended = await RunUnconfiguredAsync([.. command, "--help"]);
            ended.Is(0).Error.Should().BeEmpty();
            return ended.Output;
        }
    }

    [Theory]
    [InlineData("Unrecognized command", "organisations", "show", NoId)]
    [InlineData("Required command", "organizations")]
    [InlineData("Required argument", "organizations", "show")]
    [InlineData("must be an id", "organizations", "show", "me")]
    [InlineData("--reason", "organizations", "suspend", NoId)]
    [InlineData("--reason", "organizations", "suspend", NoId, "--reason", " ")]
    [InlineData("must be an id", "api-keys", "revoke", NoId, NoId + "A")]
    [InlineData("--colour", "organizations", "show", NoId, "--colour")]
    [InlineData("--to", "keys", "rewrap")]
    [InlineData("--to", "keys", "rewrap", "--to", "a", "--to-key-file", "b")]
    [InlineData("--read-units-per-second", "keys", "reencrypt", "--read-units-per-second", "0")]
    [InlineData("--read-units-per-second", "keys", "reencrypt", "--read-units-per-second", "many")]
    public async Task A_wrong_command_line_ends_with_2_and_says_what_is_wrong(
        string said,
        params string[] args
    )
    {
        var ended = await RunUnconfiguredAsync(args);

        ended.Is(2).Error.Should().Contain(said).And.Contain("--help");
        ended.Output.Should().BeEmpty();
    }

    [Theory]
    [InlineData("organizations", "show", NoId)]
    [InlineData("organizations", "suspend", NoId, "--reason", "because")]
    [InlineData("organizations", "resume", NoId)]
    [InlineData("apps", "list", NoId)]
    [InlineData("apps", "verify", NoId, NoId)]
    [InlineData("apps", "suspend", NoId, NoId, "--reason", "because")]
    [InlineData("apps", "resume", NoId, NoId)]
    [InlineData("api-keys", "list", NoId)]
    [InlineData("api-keys", "revoke", NoId, NoId, "--yes")]
    [InlineData("members", "suspend", NoId, NoId, "--reason", "because")]
    [InlineData("members", "resume", NoId, NoId)]
    public async Task What_is_not_there_ends_with_3(params string[] args)
    {
        // The table has its keys once the control plane has served.
        (await shared.ControlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);

        (await shared.ControlPlane.RunAsync(Token, args)).Is(3).Says("There is no such");
    }

    [Theory]
    [InlineData("-AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("--AAAAAAAAAAAAAAAAAAA")]
    [InlineData("-hAAAAAAAAAAAAAAAAAAA")]
    [InlineData("--help-AAAAAAAAAAAAAA")]
    public async Task An_id_may_begin_like_an_option(string id)
    {
        (await shared.ControlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);

        (await shared.ControlPlane.RunAsync(Token, "organizations", "show", id))
            .Is(3)
            .Says("There is no such");
    }

    [Fact]
    public async Task A_bad_configuration_is_told_as_when_serving()
    {
        var environment = shared.ControlPlane.Environment();
        environment["Buttonize:AccountId"] = "12345";

        var serving = await ApiProcess.RunAsync(environment, Token);
        var command = await RunAsync(environment, "organizations", "show", NoId);

        command.Is(1).Says("Buttonize:AccountId");
        command.Error.Should().Be(serving.Error);
    }

    [Theory]
    [InlineData("Buttonize:Encryption:KeyFile", "/nowhere", "Buttonize:Encryption:KeyFile")]
    [InlineData(
        "AWS_ENDPOINT_URL_DYNAMODB",
        "http://127.0.0.1:1",
        "DynamoDB did not serve the call"
    )]
    [InlineData("Buttonize:TableName", "another-table", "ResourceNotFoundException")]
    public async Task What_does_not_answer_or_fit_is_one_line(string key, string value, string said)
    {
        var environment = shared.ControlPlane.Environment();
        environment[key] = value;

        (await RunAsync(environment, "apps", "list", NoId)).Is(1).Says(said);
    }

    [Fact]
    public async Task A_table_that_was_never_served_is_left_as_it_is()
    {
        using var never = new StoredTable(shared.DynamoDb, $"test-{Guid.NewGuid():N}");
        await never.CreateAsync(Token);
        var environment = shared.ControlPlane.Environment();
        environment["Buttonize:TableName"] = never.Name;

        (await RunAsync(environment, "apps", "list", NoId)).Is(1).Says("Buttonize:TableName");

        (await never.ScanAsync(Token)).Should().BeEmpty();
    }

    [Fact]
    public async Task Health_asks_a_running_instance()
    {
        var live = new Uri(shared.ControlPlane.Address, "/health/live").ToString();

        (await RunUnconfiguredAsync("health", live)).Is(0);
        (await RunUnconfiguredAsync("health", $"{live}/nowhere")).Is(1);
        (await RunUnconfiguredAsync("health", "http://127.0.0.1:1/")).Is(1).Says("did not answer");
        (await RunUnconfiguredAsync("health", "localhost")).Is(1).Says("did not answer");
        (await RunUnconfiguredAsync("health", "localhost:5080/health/live"))
            .Is(1)
            .Says("did not answer");
    }

    private static Task<EndedProcess> RunUnconfiguredAsync(params string[] args) =>
        RunAsync(new Dictionary<string, string>(), args);

    private static Task<EndedProcess> RunAsync(
        IReadOnlyDictionary<string, string> environment,
        params string[] args
    ) => ApiProcess.RunAsync("dotnet", [ApiProcess.Program, .. args], environment, Token);
}
