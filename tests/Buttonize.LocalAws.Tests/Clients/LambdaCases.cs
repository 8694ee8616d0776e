using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>Codes and statuses are those of "Invoke: Errors" and "Common error types" (AWS Lambda API reference).</summary>
internal static class LambdaCases
{
    public static IEnumerable<ClientCase> All() => [.. Good(), .. Bad()];

    private static IEnumerable<ClientCase> Good() =>
        [
            new(Invocation(ClientCases.Invoke, ("Payload", """{"a":"ü"}"""), ("LogType", "Tail"))),
            new(Invocation(ClientCases.FunctionError, ("FunctionName", "discounts-failing"))),
            new(Invocation(ClientCases.Event, ("InvocationType", "Event"))),
            new(Invocation(ClientCases.DryRun, ("InvocationType", "DryRun"))),
        ];

    private static IEnumerable<ClientCase> Bad() =>
        [
            new(
                Invocation(ClientCases.NoFunction, ("FunctionName", "discounts-gone")),
                Refusal.Modelled(
                    404,
                    "ResourceNotFoundException",
                    $"Function not found: {LocalAws.FunctionArn}-gone"
                )
            ),
            new(
                Invocation(ClientCases.MayNotInvoke, ("FunctionName", "payroll")),
                new(
                    403,
                    "AccessDeniedException",
                    "is not authorized to perform: lambda:InvokeFunction"
                )
            ),
            new(
                Invocation(
                    "A dry run of a function that the role may not invoke",
                    ("FunctionName", "payroll"),
                    ("InvocationType", "DryRun")
                ),
                new(
                    403,
                    "AccessDeniedException",
                    "is not authorized to perform: lambda:InvokeFunction"
                )
            ),
            new(
                Invocation("The payload is no JSON", ("Payload", "{")),
                Refusal.Modelled(400, "InvalidRequestContentException", "JSON")
            ),
            new(
                Invocation("The payload is too large", ("Payload", LargePayload())),
                Refusal.Modelled(413, "RequestTooLargeException", "must be smaller than")
            ),
            new(
                Invocation(ClientCases.InvokeOver) with
                {
                    Key = ClientStage.ExpiredKey,
                },
                new(403, "ExpiredTokenException", "expired")
            ),
            new(
                Invocation("Invoke with a key that nobody has") with
                {
                    Key = ClientStage.UnknownKey,
                },
                new(403, "UnrecognizedClientException", "is invalid")
            ),
            new(
                Invocation("Lambda is busy") with
                {
                    Region = ClientStage.BusyLambdaRegion,
                },
                Refusal.Modelled(429, "TooManyRequestsException", "Rate exceeded"),
                Attempts: ClientCases.MaxAttempts
            ),
        ];

    private static ClientCall Invocation(
        string name,
        params (string Member, JsonNode? Value)[] changes
    ) =>
        new ClientCall(
            name,
            "lambda",
            "Invoke",
            new JsonObject { ["FunctionName"] = "discounts" }
        ).With(changes) with
        {
            Key = ClientCases.Session,
        };

    /// <summary>One byte more than an invocation may have ("Lambda quotas": 6 MB each for request and response).</summary>
    private static string LargePayload() => '"' + new string('p', 6 * 1024 * 1024 - 1) + '"';
}
