using System.Text.Json;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// A client that is a library: a script next to the tests makes all calls in one process, told by JSON on standard input, and
/// answers with JSON.
/// </summary>
internal abstract class ScriptedClient : IClient
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public IReadOnlyList<ClientCase> Cases => ClientCases.All;

    public abstract Task<string?> MissingAsync(CancellationToken cancellationToken);

    /// <summary>Program and arguments, made ready to run.</summary>
    protected abstract Task<(string Program, string[] Arguments)> PrepareAsync(
        CancellationToken cancellationToken
    );

    public async Task<IReadOnlyList<ClientAnswer>> RunAsync(
        ClientStage stage,
        IReadOnlyList<ClientCall> calls,
        CancellationToken cancellationToken
    )
    {
        var (program, arguments) = await PrepareAsync(cancellationToken);
        var batch = new
        {
            endpoint = stage.Aws.Address.ToString(),
            stage.Keys,
            calls,
        };
        var run = await ForeignProgram.RunAsync(
            program,
            arguments,
            JsonSerializer.Serialize(batch, Json),
            cancellationToken: cancellationToken
        );
        run.ExitCode.Should().Be(0, run.Error);
        return JsonSerializer.Deserialize<ClientAnswer[]>(run.Output, Json)!;
    }

    /// <param name="path">Relative to the folder of this file.</param>
    protected static string Script(string path) =>
        Path.Combine(AppContext.BaseDirectory, "Clients", path);
}
