namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>What every client is made to do, in this order.</summary>
internal static class ClientCases
{
    /// <summary>The one AssumeRole call of the control plane; its session is used by later calls.</summary>
    public const string Session = "AssumeRole as the control plane does it";
    public const string WhoAmI = "GetCallerIdentity with the session";
    public const string Invoke = "Invoke with the session";
    public const string FunctionError = "Invoke a function that fails";
    public const string Event = "Invoke without waiting for the answer";
    public const string DryRun = "Invoke as a dry run";
    public const string Throttled = "AssumeRole is throttled twice";
    public const string WrongExternalId = "The External ID is wrong";
    public const string NoTagSession = "The trust policy lacks sts:TagSession";
    public const string UnknownKey = "Nobody has the key";
    public const string SessionOver = "The session is over";
    public const string RegionOff = "STS is off in the Region";
    public const string MalformedPolicy = "The session policy is no JSON";
    public const string NoFunction = "There is no such function";
    public const string MayNotInvoke = "The role may not invoke the function";
    public const string InvokeOver = "Invoke with a session that is over";
    public const string WrongClock = "The client's clock is an hour ahead";

    public const string SessionName = "btnz__V1StGXR8_Z5jdHi6B-myT__jane.doe-example.com";

    /// <summary>What all clients here are set to: requests in all, the first one included.</summary>
    public const int MaxAttempts = 3;

    public static IReadOnlyList<ClientCase> All { get; } =
    [.. StsCases.All(), .. LambdaCases.All()];

    public static ClientCase Of(string name) => All.Single(asked => asked.Call.Name == name);
}
