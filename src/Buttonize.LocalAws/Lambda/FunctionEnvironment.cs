namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// What a command is told besides its event. Of the "Defined runtime environment variables" those that mean something
/// here: there are no credentials, no log group, no handler and no limit of memory. What Lambda's runtime API says of the
/// single invocation in its headers ("Next invocation") comes in variables of the same names, in capitals.
/// </summary>
internal static class FunctionEnvironment
{
    /// <summary>Every process that a command starts inherits it, unless it takes care not to.</summary>
    public const string RequestIdVariable = "LAMBDA_RUNTIME_AWS_REQUEST_ID";

    /// <summary>What a command gets of this program's environment: enough to be found and started, and no credentials.</summary>
    private static readonly string[] Inherited = ["PATH", "SystemRoot"];

    public static void Set(IDictionary<string, string?> environment, FunctionCall call)
    {
        environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }
        var function = call.Function;
        environment["AWS_REGION"] = function.Name.Region;
        environment["AWS_DEFAULT_REGION"] = function.Name.Region;
        environment["AWS_LAMBDA_FUNCTION_NAME"] = function.Name.Name;
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = function.Version;
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        environment["TZ"] = ":UTC";
        environment[RequestIdVariable] = call.RequestId;
        environment["LAMBDA_RUNTIME_INVOKED_FUNCTION_ARN"] = call.InvokedFunctionArn;
        if (call.ClientContext is not null)
        {
            environment["LAMBDA_RUNTIME_CLIENT_CONTEXT"] = call.ClientContext;
        }
    }
}
