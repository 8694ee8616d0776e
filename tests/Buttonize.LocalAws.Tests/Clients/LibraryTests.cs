namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>What the SDKs, which tell all about their errors and attempts, hear in every case.</summary>
public abstract class LibraryTests : ClientTests
{
    public static TheoryData<string> Refused =>
        Names(
            ClientCases.All,
            asked => asked.Refusal is not null && asked.Call.Name != ClientCases.WrongClock
        );

    public static TheoryData<string> Retried =>
        Names(ClientCases.All, asked => asked.Refusal is null && asked.Attempts > 1);

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refusals_are_understood_as_from_AWS(string name)
    {
        var expected = ClientCases.Of(name);
        var answer = await AnswerAsync(name);
        answer.Result.Should().BeNull();
        answer.Message.Should().Contain(expected.Refusal!.Message);
        ShouldBe(answer, expected.Refusal);
        answer.Attempts.Should().Be(expected.Attempts);
    }

    [Theory]
    [MemberData(nameof(Retried))]
    public async Task What_passes_is_tried_again(string name)
    {
        var answer = await AnswerAsync(name);
        answer.Result.Should().NotBeNull(answer.Message);
        answer.Attempts.Should().Be(ClientCases.Of(name).Attempts);
    }

    private protected abstract void ShouldBe(ClientAnswer answer, Refusal refusal);
}
