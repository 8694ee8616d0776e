namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>One client's answers to all cases that it is given, got once for all tests of a class.</summary>
internal sealed class ClientFixture<TClient> : IAsyncLifetime
    where TClient : IClient, new()
{
    private readonly TClient client = new();
    private Dictionary<string, ClientAnswer> answers = [];
    private string? missing;

    public ClientStage Stage { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        missing = await client.MissingAsync(Cancellation);
        if (missing is not null)
        {
            return;
        }
        Stage = await ClientStage.StartAsync();
        var calls = client.Cases.Select(asked => asked.Call).ToArray();
        var made = await client.RunAsync(Stage, calls, Cancellation);
        answers = made.ToDictionary(answer => answer.Name);
    }

    public ClientAnswer Answer(string name)
    {
        if (missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail($"{missing} In CI it has to be there.");
        }
        Assert.SkipWhen(missing is not null, $"{missing} So this client is not tried.");
        return answers[name];
    }

    public async ValueTask DisposeAsync()
    {
        if (Stage is not null)
        {
            await Stage.DisposeAsync();
        }
    }
}
