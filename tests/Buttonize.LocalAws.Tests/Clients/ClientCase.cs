namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>How a refusal reaches the caller of each client.</summary>
/// <param name="Code">AWS's error code, as boto3 and the AWS CLI tell it.</param>
/// <param name="Message">A part of the message.</param>
internal sealed record Refusal(int Status, string Code, string Message)
{
    /// <summary>The error's name in JavaScript: the code, where the API model has no exception for it.</summary>
    public string JavaScript { get; init; } = Code;

    /// <summary>The exception's class in Python: where the API model has none, all share this.</summary>
    public string Boto3 { get; init; } = "ClientError";

    /// <summary>A refusal that the service's API model has an exception for.</summary>
    public static Refusal Modelled(int status, string code, string message, string? name = null) =>
        new(status, code, message) { JavaScript = name ?? code, Boto3 = name ?? code };
}

/// <summary>A call, and how it must end.</summary>
/// <param name="Refusal">Null: the call succeeds.</param>
/// <param name="Attempts">How often the client sends the request before it believes the answer.</param>
internal sealed record ClientCase(ClientCall Call, Refusal? Refusal = null, int Attempts = 1);
