using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Lambda;

/// <summary>An Invoke call as it arrived, with AWS's defaults; nothing in it has been judged yet ("Invoke").</summary>
/// <param name="ClientContext">Still in base64; null when there is none.</param>
/// <param name="Unsupported">The first header or parameter that asks for what is not there.</param>
internal sealed record InvokeRequest(
    string FunctionName,
    string? Qualifier,
    string InvocationType,
    string LogType,
    string? ClientContext,
    string? RequestId,
    string? Unsupported,
    byte[] Payload
)
{
    private const string QualifierParameter = "Qualifier";

    /// <summary>Members of Lambda's API model for functions that cannot be put here.</summary>
    private static readonly string[] UnsupportedHeaders =
    [
        "X-Amz-Tenant-Id",
        "X-Amz-Durable-Execution-Name",
    ];

    public bool WithLog => LogType == "Tail";

    public static InvokeRequest Of(HttpRequest request, string functionName, byte[] body) =>
        new(
            functionName,
            request.Query.TryGetValue(QualifierParameter, out var qualifier)
                ? qualifier.ToString()
                : null,
            Header(request, "X-Amz-Invocation-Type") ?? Lambda.InvocationType.RequestResponse,
            Header(request, "X-Amz-Log-Type") ?? "None",
            Header(request, "X-Amz-Client-Context"),
            Header(request, "x-amzn-RequestId"),
            UnsupportedHeaders.FirstOrDefault(name => request.Headers.ContainsKey(name))
                ?? request.Query.Keys.FirstOrDefault(name => name != QualifierParameter),
            // An invocation without a body gets an empty event.
            body.Length == 0
                ? "{}"u8.ToArray()
                : body
        );

    /// <summary>What the API model constrains, all in one error, as AWS words it.</summary>
    public AwsError? Validate()
    {
        var constraints = new Constraints();
        constraints.Alphabet(
            "functionName",
            FunctionName,
            Lambda.FunctionName.IsWellFormed,
            Lambda.FunctionName.Pattern
        );
        constraints.Length("functionName", FunctionName, 1, Lambda.FunctionName.MaxLength);
        constraints.Alphabet(
            "qualifier",
            Qualifier,
            // Nothing at all is too short; that it is no qualifier either need not be said.
            text => text.Length == 0 || Lambda.FunctionName.IsQualifier(text),
            Lambda.FunctionName.QualifierPattern
        );
        constraints.Length("qualifier", Qualifier, 1, Lambda.FunctionName.MaxQualifierLength);
        OneOf(
            constraints,
            "invocationType",
            InvocationType,
            Lambda.InvocationType.Event,
            Lambda.InvocationType.RequestResponse,
            Lambda.InvocationType.DryRun
        );
        OneOf(constraints, "logType", LogType, "None", "Tail");
        return constraints.Error is { } error ? LambdaErrors.Validation(error.Message) : null;
    }

    private static void OneOf(
        Constraints constraints,
        string member,
        string value,
        params string[] allowed
    )
    {
        if (!allowed.Contains(value))
        {
            constraints.Break(
                member,
                value,
                $"Member must satisfy enum value set: [{string.Join(", ", allowed)}]"
            );
        }
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;
}

/// <summary>The InvocationType of Lambda's API model.</summary>
internal static class InvocationType
{
    public const string RequestResponse = "RequestResponse";
    public const string Event = "Event";
    public const string DryRun = "DryRun";
}
