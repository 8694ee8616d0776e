namespace Buttonize.LocalAws.Tests.Clients;

public sealed class Boto3Tests : LibraryTests, IClassFixture<ClientFixture<Boto3>>
{
    [Fact]
    public async Task A_wrong_clock_stays_wrong_and_is_reported()
    {
        var answer = await AnswerAsync(ClientCases.WrongClock);
        answer.Message.Should().Contain("Signature not yet current");
        ShouldBe(answer, ClientCases.Of(ClientCases.WrongClock).Refusal!);
        answer.Attempts.Should().Be(1);
    }

    private protected override async Task<ClientAnswer> AnswerAsync(string name) =>
        (await FixtureAsync<Boto3>()).Answer(name);

    private protected override async Task<ClientStage> StageAsync() =>
        (await FixtureAsync<Boto3>()).Stage;

    private protected override void ShouldBe(ClientAnswer answer, Refusal refusal)
    {
        answer.Code.Should().Be(refusal.Code, answer.Message);
        answer.Type.Should().Be(refusal.Boto3);
        answer.Status.Should().Be(refusal.Status);
    }
}
