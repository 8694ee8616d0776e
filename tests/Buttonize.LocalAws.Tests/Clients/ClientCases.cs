using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// What every client is made to do, in this order. Codes and statuses are those of "AssumeRole: Errors" and "Common error
/// types" (AWS STS API reference), and of "Invoke: Errors" (AWS Lambda API reference).
/// </summary>
internal static class ClientCases
{
    /// <summary>The one AssumeRole call of the control plane; its session is used by later calls.</summary>
    public const string Session = "AssumeRole as the control plane does it";
    public const string WhoAmI = "GetCallerIdentity with the session";
    public const string Invoke = "Invoke with the session";
    public const string FunctionError = "Invoke a function that fails";
    public const string Throttled = "AssumeRole is throttled twice";
    public const string WrongClock = "The client's clock is an hour ahead";

    public const string SessionName = "btnz__V1StGXR8_Z5jdHi6B-myT__jane.doe-example.com";

    /// <summary>What all clients here are set to: requests in all, the first one included.</summary>
    public const int MaxAttempts = 3;

    public static IReadOnlyList<ClientCase> All { get; } =
    [
        .. Sessions(),
        .. Keys(),
        .. BadParameters(),
        .. Faults(),
        .. Invocations(),
        .. BadInvocations(),
    ];

    public static JsonObject AssumeRoleInput() =>
        new()
        {
            ["RoleArn"] = LocalAws.RoleArn,
            ["RoleSessionName"] = SessionName,
            ["SourceIdentity"] = SessionName,
            ["ExternalId"] = LocalAws.ExternalId,
            ["DurationSeconds"] = 900,
            ["Tags"] = Tags(
                ("buttonize-app-id", "Uakgb_J5m9g-0JDMbcJqL"),
                ("buttonize-local-development", "false"),
                ("buttonize-user-id", "V1StGXR8_Z5jdHi6B-myT"),
                ("buttonize-organization-id", "NhbB4XWzoGx1m0sMHyVCm"),
                ("buttonize-user-name", "jane.doe@example.com")
            ),
            ["TransitiveTagKeys"] = new JsonArray(
                "buttonize-app-id",
                "buttonize-local-development",
                "buttonize-user-id",
                "buttonize-organization-id",
                "buttonize-user-name"
            ),
        };

    private static IEnumerable<ClientCase> Sessions() =>
        [
            new(AssumeRole(Session)),
            new(CallerIdentity(WhoAmI) with { Key = Session }),
            new(
                AssumeRole("The External ID is wrong", ("ExternalId", "another-0123456789")),
                NotAuthorized("sts:AssumeRole", LocalAws.RoleArn)
            ),
            new(
                AssumeRole("There is no External ID", ("ExternalId", null)),
                NotAuthorized("sts:AssumeRole", LocalAws.RoleArn)
            ),
            new(
                AssumeRole(
                    "The trust policy lacks sts:TagSession",
                    ("RoleArn", ClientStage.RoleWithoutTagSession)
                ),
                NotAuthorized("sts:TagSession", ClientStage.RoleWithoutTagSession)
            ),
            new(
                AssumeRole(
                    "The trust policy lacks sts:SetSourceIdentity",
                    ("RoleArn", ClientStage.RoleWithoutSourceIdentity)
                ),
                NotAuthorized("sts:SetSourceIdentity", ClientStage.RoleWithoutSourceIdentity)
            ),
            new(
                AssumeRole("STS is off in the Region") with
                {
                    Region = ClientStage.DisabledRegion,
                },
                Refusal.Modelled(403, "RegionDisabledException", "STS is not activated")
            ),
        ];

    private static IEnumerable<ClientCase> Keys() =>
        [
            new(
                CallerIdentity("Nobody has the key") with
                {
                    Key = ClientStage.UnknownKey,
                },
                new(
                    403,
                    "InvalidClientTokenId",
                    "security token included in the request is invalid"
                )
            ),
            new(
                CallerIdentity("The secret is wrong") with
                {
                    Key = ClientStage.WrongSecretKey,
                },
                new(403, "SignatureDoesNotMatch", "The request signature we calculated")
            ),
            new(
                CallerIdentity("The session is over") with
                {
                    Key = ClientStage.ExpiredKey,
                },
                new(403, "ExpiredToken", "expired")
            ),
            new(
                CallerIdentity(WrongClock) with
                {
                    ClockAheadSeconds = 3600,
                },
                new(403, "SignatureDoesNotMatch", "Signature not yet current")
            ),
        ];

    private static IEnumerable<ClientCase> BadParameters() =>
        [
            new(
                AssumeRole("The session policy is no JSON", ("Policy", "{")),
                Refusal.Modelled(
                    400,
                    "MalformedPolicyDocument",
                    "JSON",
                    "MalformedPolicyDocumentException"
                )
            ),
            new(
                AssumeRole(
                    "Tags take too much space",
                    ("Tags", Tags([.. Enumerable.Range(1, 9).Select(LongTag)])),
                    ("TransitiveTagKeys", new JsonArray())
                ),
                Refusal.Modelled(
                    400,
                    "PackedPolicyTooLarge",
                    "of allotted space",
                    "PackedPolicyTooLargeException"
                )
            ),
            new(
                AssumeRole(
                    "The session name is too long",
                    ("RoleSessionName", new string('n', 65))
                ),
                new(
                    400,
                    "ValidationError",
                    "at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64"
                )
            ),
            new(
                AssumeRole("The session name has a space", ("RoleSessionName", "jane doe")),
                new(400, "ValidationError", "at 'roleSessionName' failed to satisfy constraint")
            ),
        ];

    private static IEnumerable<ClientCase> Faults() =>
        [
            new(
                AssumeRole(Throttled) with
                {
                    Region = ClientStage.ThrottledTwiceRegion,
                },
                Attempts: 3
            ),
            new(
                CallerIdentity("Throttling does not end") with
                {
                    Region = ClientStage.ThrottledRegion,
                },
                new(400, "Throttling", "Rate exceeded"),
                Attempts: MaxAttempts
            ),
            new(
                CallerIdentity("The connection is dropped twice") with
                {
                    Region = ClientStage.DroppedTwiceRegion,
                },
                Attempts: 3
            ),
            new(
                CallerIdentity("STS fails twice") with
                {
                    Region = ClientStage.FailedTwiceRegion,
                },
                Attempts: 3
            ),
            new(
                Invocation("Lambda is busy") with
                {
                    Region = ClientStage.BusyLambdaRegion,
                },
                Refusal.Modelled(429, "TooManyRequestsException", "Rate exceeded"),
                Attempts: MaxAttempts
            ),
        ];

    private static IEnumerable<ClientCase> Invocations() =>
        [
            new(Invocation(Invoke, ("Payload", """{"a":"ü"}"""), ("LogType", "Tail"))),
            new(Invocation(FunctionError, ("FunctionName", "discounts-failing"))),
        ];

    private static IEnumerable<ClientCase> BadInvocations() =>
        [
            new(
                Invocation("There is no such function", ("FunctionName", "discounts-gone")),
                Refusal.Modelled(
                    404,
                    "ResourceNotFoundException",
                    $"Function not found: {LocalAws.FunctionArn}-gone"
                )
            ),
            new(
                Invocation("The role may not invoke the function", ("FunctionName", "payroll")),
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
                Invocation("Invoke with a session that is over") with
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
        ];

    private static ClientCall AssumeRole(
        string name,
        params (string Member, JsonNode? Value)[] changes
    ) => new(name, "sts", "AssumeRole", Changed(AssumeRoleInput(), changes));

    private static ClientCall CallerIdentity(string name) =>
        new(name, "sts", "GetCallerIdentity", []);

    private static ClientCall Invocation(
        string name,
        params (string Member, JsonNode? Value)[] changes
    ) =>
        new(
            name,
            "lambda",
            "Invoke",
            Changed(new JsonObject { ["FunctionName"] = "discounts" }, changes)
        )
        {
            Key = Session,
        };

    /// <summary>Replaces, or with null removes, members.</summary>
    private static JsonObject Changed(
        JsonObject input,
        IEnumerable<(string Member, JsonNode? Value)> changes
    )
    {
        foreach (var (member, value) in changes)
        {
            input.Remove(member);
            if (value is not null)
            {
                input[member] = value;
            }
        }
        return input;
    }

    private static Refusal NotAuthorized(string action, string roleArn) =>
        new(
            403,
            "AccessDenied",
            $"User: {LocalAws.CallerArn} is not authorized to perform: {action} on resource: {roleArn}"
        );

    private static JsonArray Tags(params (string Key, string Value)[] tags) =>
        [.. tags.Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })];

    private static (string Key, string Value) LongTag(int number) =>
        ($"tag-{number}", new string('v', 256));

    /// <summary>One byte more than an invocation may have ("Lambda quotas": 6 MB each for request and response).</summary>
    private static string LargePayload() => '"' + new string('p', 6 * 1024 * 1024 - 1) + '"';
}
