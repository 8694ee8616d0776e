using System.Text;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>What every client that nobody here wrote can do.</summary>
public abstract class ClientTests
{
    [Fact]
    public async Task Sessions_are_as_the_control_plane_asks_for_them()
    {
        var answer = await AnswerAsync(ClientCases.Session);
        answer.Result.Should().NotBeNull(answer.Message);
        answer.Text("SourceIdentity").Should().Be(ClientCases.SessionName);
        ((int?)answer.Result!["PackedPolicySize"]).Should().BeInRange(1, 100);
        var arn =
            $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/Demo/{ClientCases.SessionName}";
        ((string?)answer.Result["AssumedRoleUser"]!["Arn"]).Should().Be(arn);
        var who = await AnswerAsync(ClientCases.WhoAmI);
        who.Text("Arn").Should().Be(arn);
        who.Text("Account").Should().Be(LocalAws.CustomerAccount);
    }

    [Fact]
    public async Task Sessions_invoke_functions()
    {
        var answer = await AnswerAsync(ClientCases.Invoke);
        answer.Text("Payload").Should().Be("""{"a":"ü"}""", answer.Message);
        ((int?)answer.Result!["StatusCode"]).Should().Be(200);
        answer.Result.ContainsKey("FunctionError").Should().BeFalse();
        var log = Encoding.UTF8.GetString(Convert.FromBase64String(answer.Text("LogResult")!));
        log.Should().Contain("told to the log");
    }

    [Fact]
    public async Task Functions_that_fail_are_answers_and_no_exceptions()
    {
        var answer = await AnswerAsync(ClientCases.FunctionError);
        answer.Text("FunctionError").Should().Be("Unhandled", answer.Message);
        ((int?)answer.Result!["StatusCode"]).Should().Be(200);
        answer.Text("Payload").Should().Contain("errorType");
    }

    /// <summary>Statuses of the types: "Invoke: Response Elements" (AWS Lambda API reference).</summary>
    [Theory]
    [InlineData(ClientCases.Event, 202)]
    [InlineData(ClientCases.DryRun, 204)]
    public async Task Other_invocation_types_answer_without_a_payload(string name, int statusCode)
    {
        var answer = await AnswerAsync(name);
        ((int?)answer.Result?["StatusCode"]).Should().Be(statusCode, answer.Message);
        answer.Text("Payload").Should().BeNullOrEmpty();
        answer.Result!.ContainsKey("FunctionError").Should().BeFalse();
    }

    [Fact]
    public async Task Throttled_calls_reach_STS_as_often_as_the_client_says()
    {
        var answer = await AnswerAsync(ClientCases.Throttled);
        answer.Result.Should().NotBeNull(answer.Message);
        var stage = await StageAsync();
        var records = await stage.Aws.TrailAsync(LocalAws.CallerAccount);
        records
            .Where(record =>
                record.GetProperty("awsRegion").GetString() == ClientStage.ThrottledTwiceRegion
            )
            .Select(record =>
                record.TryGetProperty("errorCode", out var code) ? code.GetString() : "none"
            )
            .Should()
            .Equal("none", "Throttling", "Throttling");
    }

    private protected abstract Task<ClientAnswer> AnswerAsync(string name);

    private protected abstract Task<ClientStage> StageAsync();

    private protected static async Task<ClientFixture<TClient>> FixtureAsync<TClient>()
        where TClient : IClient, new() =>
        (await TestContext.Current.GetFixture<ClientFixture<TClient>>())!;

    private protected static TheoryData<string> Names(
        IEnumerable<ClientCase> cases,
        Func<ClientCase, bool> chosen
    ) => [.. cases.Where(chosen).Select(asked => asked.Call.Name)];
}
