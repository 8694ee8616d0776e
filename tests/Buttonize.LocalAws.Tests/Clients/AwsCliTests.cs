namespace Buttonize.LocalAws.Tests.Clients;

public sealed class AwsCliTests : ClientTests, IClassFixture<ClientFixture<AwsCli>>
{
    private protected override async Task<ClientAnswer> AnswerAsync(string name) =>
        (await FixtureAsync<AwsCli>()).Answer(name);

    private protected override async Task<ClientStage> StageAsync() =>
        (await FixtureAsync<AwsCli>()).Stage;

    private protected override void ShouldBe(ClientAnswer answer, Refusal refusal) =>
        answer.Code.Should().Be(refusal.Code, answer.Message);

    private protected override void ShouldHaveTried(ClientAnswer answer, int attempts)
    {
        // It does not say.
    }
}
