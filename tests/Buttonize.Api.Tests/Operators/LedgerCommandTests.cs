using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Operators;

/// <summary>The operator exports the ledger as its readers would.</summary>
public sealed class LedgerCommandTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_lines_are_those_of_the_API()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var apps = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var app = (await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>();
            apps.Add(app);
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Post,
                    $"{tenant.Root}/apps/{app}/credentials",
                    null,
                    Token
                )
            ).Is(200);
        }

        var list = await tenant.Owner.GetAnswerAsync($"{tenant.Root}/issuances", Token);
        string[] expected =
        [
            .. list.Is(200).Json["items"]!.AsArray().Select(e => e!.ToJsonString()),
        ];
        var userId = JsonNode.Parse(expected[0])!["userId"]!.GetValue<string>();
        expected.Should().HaveCount(2);

        // Also while nobody in the organization may read it.
        await tenant.SuspendAsync("Abuse report 4711", Token);

        (await LinesAsync()).Should().Equal(expected);
        (await LinesAsync("--user", userId, "--app", apps[0])).Should().Equal(expected[1]);
        (await LinesAsync("--user", Access.Route.NoId)).Should().BeEmpty();
        (await LinesAsync("--from", "2001-01-01T00:00:00Z", "--to", "2001-01-02T00:00:00+01:00"))
            .Should()
            .BeEmpty();

        async Task<IEnumerable<string>> LinesAsync(params string[] options)
        {
            var ended = await RunAsync(["ledger", "export", tenant.OrganizationId, .. options]);
            ended.Is(0).Error.Should().BeEmpty();
            return ended
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!.ToJsonString());
        }
    }

    [Theory]
    [InlineData(3, "There is no such organization")]
    [InlineData(2, "RFC 3339", "--from", "2026-01-01")]
    [InlineData(2, "later", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z")]
    [InlineData(2, "must be an id", "--user", "me")]
    [InlineData(2, "must be an id", "--app", "it")]
    public async Task What_is_wrong_is_said(int status, string said, params string[] options)
    {
        (await shared.ControlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);

        var ended = await RunAsync(["ledger", "export", Access.Route.NoId, .. options]);

        ended.Is(status).Error.Should().Contain(said);
        ended.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_reader_that_goes_away_does_not_look_like_the_end_and_a_deleted_organization_has_its_ledger_still()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = (await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>();
        var path = $"{tenant.Root}/apps/{app}/credentials";
        (await tenant.Owner.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
        (await tenant.Deployment.CallAsync(HttpMethod.Delete, $"/v1/apps/{app}", null, Token)).Is(
            204
        );
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);

        var ended = await RunAsync("ledger", "export", tenant.OrganizationId);

        ended.Is(0).Output.Should().Contain(app);

        var left = await ApiProcess.RunAsync(
            "bash",
            [
                "-c",
                "dotnet \"$0\" ledger export \"$1\" | exit; exit ${PIPESTATUS[0]}",
                ApiProcess.Program,
                tenant.OrganizationId,
            ],
            shared.ControlPlane.Environment(),
            Token
        );

        left.Is(1).Says("Standard output was closed");
    }

    [Fact]
    public async Task A_table_that_goes_away_meanwhile_does_not_look_like_the_end()
    {
        await using var wire = new TcpProxy(shared.DynamoDb);
        (await shared.ControlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);
        wire.Fault = TcpFault.Refused;
        var environment = shared.ControlPlane.Environment();
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString();

        var ended = await ApiProcess.RunAsync(
            "dotnet",
            [ApiProcess.Program, "ledger", "export", Access.Route.NoId],
            environment,
            Token
        );

        ended.Is(1).Says("DynamoDB");
    }

    private Task<EndedProcess> RunAsync(params string[] arguments) =>
        shared.ControlPlane.RunAsync(Token, arguments);
}
