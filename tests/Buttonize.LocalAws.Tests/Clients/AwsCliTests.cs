namespace Buttonize.LocalAws.Tests.Clients;

public sealed class AwsCliTests : ClientTests, IClassFixture<ClientFixture<AwsCli>>
{
    public static TheoryData<string> Refused =>
        Names(AwsCli.Tried, asked => asked.Refusal is not null);

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refusals_are_understood_as_from_AWS(string name)
    {
        var refusal = ClientCases.Of(name).Refusal!;
        var answer = await AnswerAsync(name);
        answer.Result.Should().BeNull();
        answer.Message.Should().Contain(refusal.Message);
        answer.Code.Should().Be(refusal.Code);
    }

    private protected override async Task<ClientAnswer> AnswerAsync(string name) =>
        (await FixtureAsync<AwsCli>()).Answer(name);

    private protected override async Task<ClientStage> StageAsync() =>
        (await FixtureAsync<AwsCli>()).Stage;
}
