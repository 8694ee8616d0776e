namespace Buttonize.LocalAws.Tests.Clients;

public sealed class JavaScriptSdkTests : LibraryTests, IClassFixture<ClientFixture<JavaScriptSdk>>
{
    [Fact]
    public async Task A_wrong_clock_is_put_right_by_the_time_of_the_answer()
    {
        var answer = await AnswerAsync(ClientCases.WrongClock);
        answer.Result.Should().NotBeNull(answer.Message);
        answer.Attempts.Should().Be(2);
    }

    private protected override async Task<ClientAnswer> AnswerAsync(string name) =>
        (await FixtureAsync<JavaScriptSdk>()).Answer(name);

    private protected override async Task<ClientStage> StageAsync() =>
        (await FixtureAsync<JavaScriptSdk>()).Stage;

    private protected override void ShouldBe(ClientAnswer answer, Refusal refusal)
    {
        answer.Type.Should().Be(refusal.JavaScript, answer.Message);
        answer.Status.Should().Be(refusal.Status);
    }
}
