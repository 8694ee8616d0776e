using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>Codes and statuses are those of "AssumeRole: Errors" and "Common error types" (AWS STS API reference).</summary>
internal static class StsCases
{
    public static IEnumerable<ClientCase> All() =>
        [.. Sessions(), .. Keys(), .. BadParameters(), .. Faults()];

    private static IEnumerable<ClientCase> Sessions() =>
        [
            new(AssumeRole(ClientCases.Session)),
            new(CallerIdentity(ClientCases.WhoAmI) with { Key = ClientCases.Session }),
            new(
                AssumeRole(ClientCases.WrongExternalId, ("ExternalId", "another-0123456789")),
                NotAuthorized("sts:AssumeRole", LocalAws.RoleArn)
            ),
            new(
                AssumeRole("There is no External ID", ("ExternalId", null)),
                NotAuthorized("sts:AssumeRole", LocalAws.RoleArn)
            ),
            new(
                AssumeRole(
                    ClientCases.NoTagSession,
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
                AssumeRole(ClientCases.RegionOff) with
                {
                    Region = ClientStage.DisabledRegion,
                },
                Refusal.Modelled(403, "RegionDisabledException", "STS is not activated")
            ),
        ];

    private static IEnumerable<ClientCase> Keys() =>
        [
            new(
                CallerIdentity(ClientCases.UnknownKey) with
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
                CallerIdentity(ClientCases.SessionOver) with
                {
                    Key = ClientStage.ExpiredKey,
                },
                new(403, "ExpiredToken", "expired")
            ),
            new(
                CallerIdentity(ClientCases.WrongClock) with
                {
                    ClockAheadSeconds = 3600,
                },
                new(403, "SignatureDoesNotMatch", "Signature not yet current")
            ),
        ];

    private static IEnumerable<ClientCase> BadParameters() =>
        [
            new(
                AssumeRole(ClientCases.MalformedPolicy, ("Policy", "{")),
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
                AssumeRole(ClientCases.Throttled) with
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
                Attempts: ClientCases.MaxAttempts
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
        ];

    private static ClientCall AssumeRole(
        string name,
        params (string Member, JsonNode? Value)[] changes
    ) => new ClientCall(name, "sts", "AssumeRole", AssumeRoleInput()).With(changes);

    private static ClientCall CallerIdentity(string name) =>
        new(name, "sts", "GetCallerIdentity", []);

    private static JsonObject AssumeRoleInput() =>
        new()
        {
            ["RoleArn"] = LocalAws.RoleArn,
            ["RoleSessionName"] = ClientCases.SessionName,
            ["SourceIdentity"] = ClientCases.SessionName,
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
}
