using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// An instance of local AWS for one client's calls: what goes wrong goes wrong in a Region of its own, so that every call
/// finds the state it is about, whatever was called before. Its clock stands at the real time of its start.
/// </summary>
internal sealed class ClientStage : IAsyncDisposable
{
    public const string CallerKey = "caller";
    public const string UnknownKey = "unknown key";
    public const string WrongSecretKey = "wrong secret";
    public const string ExpiredKey = "expired session";

    public const string DisabledRegion = "eu-south-1";
    public const string ThrottledTwiceRegion = "ap-south-1";
    public const string ThrottledRegion = "ap-south-2";
    public const string DroppedTwiceRegion = "ap-east-1";
    public const string FailedTwiceRegion = "me-south-1";
    public const string BusyLambdaRegion = "af-south-1";

    public const string RoleWithoutTagSession =
        $"arn:aws:iam::{LocalAws.CustomerAccount}:role/WithoutTagSession";
    public const string RoleWithoutSourceIdentity =
        $"arn:aws:iam::{LocalAws.CustomerAccount}:role/WithoutSourceIdentity";

    private ClientStage(LocalAws aws, Credentials expired)
    {
        Aws = aws;
        Keys = new()
        {
            [CallerKey] = LocalAws.Caller,
            [UnknownKey] = LocalAws.Caller with { AccessKeyId = "AKIANOBODYKNOWSTHIS0" },
            [WrongSecretKey] = LocalAws.Caller with { SecretAccessKey = "not/The+Secret" },
            [ExpiredKey] = expired,
        };
    }

    public LocalAws Aws { get; }

    public Dictionary<string, Credentials> Keys { get; }

    public static async Task<ClientStage> StartAsync()
    {
        var aws = await LocalAws.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        aws.Clock.AdjustTime(now.AddMinutes(-16));
        var expired = await aws.SessionAsync();
        aws.Clock.AdjustTime(now);
        await PutRolesAsync(aws);
        await PutFunctionsAsync(aws);
        await PutFaultsAsync(aws);
        return new ClientStage(aws, expired);
    }

    public ValueTask DisposeAsync() => Aws.DisposeAsync();

    private static async Task PutRolesAsync(LocalAws aws)
    {
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke($"{LocalAws.FunctionArn}*"));
        await PutRoleAsync(aws, RoleWithoutTagSession, "sts:SetSourceIdentity");
        await PutRoleAsync(aws, RoleWithoutSourceIdentity, "sts:TagSession");
    }

    private static Task PutRoleAsync(LocalAws aws, string roleArn, string alsoAllowed) =>
        aws.PutAsync(
            "roles",
            new
            {
                roleArn,
                trustPolicy = Policies.Document(
                    Policies.Statement(
                        "Allow",
                        "sts:AssumeRole",
                        Policies.ExternalIdIs(LocalAws.ExternalId)
                    ),
                    Policies.Statement("Allow", alsoAllowed)
                ),
                policies = Array.Empty<JsonObject>(),
            }
        );

    private static async Task PutFunctionsAsync(LocalAws aws)
    {
        await PutFunctionAsync(aws, "", "echo told to the log >&2; cat");
        await PutFunctionAsync(aws, "-failing", "exit 1");
    }

    private static Task PutFunctionAsync(LocalAws aws, string suffix, string shell) =>
        aws.PutAsync(
            "functions",
            new
            {
                functionArn = LocalAws.FunctionArn + suffix,
                command = new[] { "/bin/sh", "-c", shell },
            }
        );

    private static async Task PutFaultsAsync(LocalAws aws)
    {
        await aws.PutAsync($"regions/{DisabledRegion}", new { enabled = false });
        await aws.PutAsync(
            "faults",
            new object[]
            {
                Fault("sts", ThrottledTwiceRegion, "error", "Throttling", 2),
                Fault("sts", ThrottledRegion, "error", "Throttling", null),
                Fault("sts", DroppedTwiceRegion, "drop", null, 2),
                Fault("sts", FailedTwiceRegion, "error", "InternalFailure", 2),
                Fault("lambda", BusyLambdaRegion, "error", "TooManyRequestsException", null),
            }
        );
    }

    private static object Fault(
        string service,
        string region,
        string kind,
        string? code,
        int? count
    ) =>
        new
        {
            service,
            region,
            kind,
            code,
            count,
        };
}
