using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>A call that a client is told to make, in the names of AWS's API model, which all clients share.</summary>
internal sealed record ClientCall(string Name, string Service, string Operation, JsonObject Input)
{
    public string Region { get; init; } = "eu-central-1";

    /// <summary>Which keys to sign with: one of <see cref="ClientStage.Keys"/>, or the name of an earlier AssumeRole call.</summary>
    public string Key { get; init; } = ClientStage.CallerKey;

    /// <summary>How far the client's clock is ahead of the real one.</summary>
    public int ClockAheadSeconds { get; init; }

    /// <summary>Replaces, or with null removes, members of the input.</summary>
    public ClientCall With(IEnumerable<(string Member, JsonNode? Value)> changes)
    {
        var changed = (JsonObject)Input.DeepClone();
        foreach (var (member, value) in changes)
        {
            changed.Remove(member);
            if (value is not null)
            {
                changed[member] = value;
            }
        }
        return this with { Input = changed };
    }
}

/// <summary>What a client made of an answer.</summary>
/// <param name="Status">HTTP status; null where there was no answer, or the client does not tell.</param>
/// <param name="Attempts">Requests sent, retries included; null likewise.</param>
/// <param name="Type">The exception's own name; null after a success.</param>
/// <param name="Code">AWS's error code, where the client tells it apart from the type.</param>
/// <param name="Result">Without credentials; null after a failure.</param>
internal sealed record ClientAnswer(
    string Name,
    int? Status = null,
    int? Attempts = null,
    string? Type = null,
    string? Code = null,
    string? Message = null,
    JsonObject? Result = null
)
{
    public string? Text(string member) => (string?)Result?[member];
}

/// <summary>A client that nobody here wrote.</summary>
internal interface IClient
{
    /// <summary>What this machine lacks, in a sentence; null when the client can run.</summary>
    Task<string?> MissingAsync(CancellationToken cancellationToken);

    /// <summary>What it is made to do.</summary>
    IReadOnlyList<ClientCase> Cases { get; }

    /// <summary>Makes the calls, one after the other.</summary>
    Task<IReadOnlyList<ClientAnswer>> RunAsync(
        ClientStage stage,
        IReadOnlyList<ClientCall> calls,
        CancellationToken cancellationToken
    );
}
