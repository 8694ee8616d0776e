using Buttonize.Api.Storage;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>Apps as items of the table.</summary>
internal static class AppItems
{
    /// <summary>The item of an app.</summary>
    public static Item Write(App app) =>
        WriteDefinition(
                new Item(Key.App(app.Organization, app.Id)),
                app.Definition,
                app.SealedExternalId,
                app.Verification
            )
            .Set("appId", app.Id.Value)
            .Set("organizationId", app.Organization.Value)
            .Set("holdsRole", app.HoldsRole)
            .Set("suspension", app.Suspension is { } suspension ? Write(suspension) : null)
            .Set("createdAt", app.CreatedAt)
            .Set("updatedAt", app.UpdatedAt)
            .Set("version", app.Version)
            .Set(
                "pendingReplacement",
                app.PendingReplacement is { } pending
                    ? WriteDefinition(
                        new Item(),
                        pending.Definition,
                        pending.SealedExternalId,
                        pending.Verification
                    )
                    : null
            )
            .Set(TableDefinition.CheckQueueAttribute, CheckQueue.Of(app)?.Name)
            .Set(TableDefinition.CheckAtAttribute, CheckQueue.Of(app)?.At);

    /// <summary>The app of an item.</summary>
    public static App Read(Item item) =>
        new(
            AppId.Parse(item.String("appId")),
            OrganizationId.Parse(item.String("organizationId")),
            ReadDefinition(item),
            item.Bytes("externalId"),
            ReadVerification(item.Map("verification")),
            item.OptionalMap("pendingReplacement") is { } pending
                ? new PendingReplacement(
                    ReadDefinition(pending),
                    pending.Bytes("externalId"),
                    ReadVerification(pending.Map("verification"))
                )
                : null,
            item.OptionalFlag("holdsRole") ?? WasTakenAsProven(item),
            ReadSuspension(item),
            item.Time("createdAt"),
            item.Time("updatedAt"),
            item.Number("version")
        );

    /// <summary>A suspension as a map of an app, a member or an organization.</summary>
    public static Item Write(Suspension suspension) =>
        new Item()
            .Set("reason", suspension.Reason)
            .Set("at", suspension.At)
            .Set("by", suspension.ByText);

    /// <summary>The suspension of an app's, a member's or an organization's item, or null.</summary>
    public static Suspension? ReadSuspension(Item item) =>
        item.OptionalMap("suspension") is { } suspension
            ? new Suspension(
                suspension.String("reason"),
                suspension.Time("at"),
                suspension.String("by") is var by && by != Suspension.Operator
                    ? UserId.Parse(by)
                    : null
            )
            : null;

    private static Item WriteDefinition(
        Item item,
        AppDefinition definition,
        byte[] sealedExternalId,
        Verification verification
    ) =>
        item.Set("name", definition.Name)
            .Set("description", definition.Description)
            .Set("stage", definition.Stage)
            .Set("tags", definition.Tags)
            .Set("executionRoleArn", definition.ExecutionRoleArn.Value)
            .Set("externalId", sealedExternalId)
            .Set("region", definition.Region)
            .Set("functionArns", definition.FunctionArns)
            .Set("restrictSessionToFunctions", definition.RestrictSessionToFunctions)
            .Set("verification", WriteVerification(verification));

    private static Item WriteVerification(Verification verification) =>
        new Item()
            .Set("status", verification.Status.ToString())
            .Set("since", verification.Since)
            .Set("checkedAt", verification.CheckedAt)
            .Set(
                "checks",
                verification.Checks.Select(check =>
                    new Item()
                        .Set("name", check.Name)
                        .Set("passed", check.Passed)
                        .Set("detail", check.Detail)
                )
            )
            .Set("missingActions", verification.MissingActions)
            .Set("misses", verification.Misses)
            .Set("packedPolicyPercent", verification.PackedPolicyPercent)
            .Set("nextCheckAt", verification.NextCheckAt);

    private static AppDefinition ReadDefinition(Item item) =>
        new(
            item.String("name"),
            item.String("description"),
            item.String("stage"),
            item.Strings("tags"),
            RoleArn.Parse(item.String("executionRoleArn")),
            item.String("region"),
            item.Strings("functionArns"),
            item.Flag("restrictSessionToFunctions")
        );

    /// <summary>Items of before there were proofs have no such attribute; their apps held their roles unproven.</summary>
    private static bool WasTakenAsProven(Item app) =>
        app.Map("verification").String("status") == nameof(VerificationStatus.Verified);

    private static Verification ReadVerification(Item item) =>
        item.OptionalTime("since") is { } since
            ? ReadProven(item, since)
            : new Verification(
                // Whatever it says: nobody has proven it.
                VerificationStatus.Pending,
                Since: item.Time("checkedAt"),
                CheckedAt: item.Time("checkedAt"),
                Checks: [],
                MissingActions: [],
                Misses: 0,
                PackedPolicyPercent: null,
                NextCheckAt: null
            );

    private static Verification ReadProven(Item item, DateTimeOffset since) =>
        new(
            Enum.Parse<VerificationStatus>(item.String("status")),
            since,
            item.Time("checkedAt"),
            [
                .. item.Maps("checks")
                    .Select(check => new VerificationCheck(
                        check.String("name"),
                        check.OptionalFlag("passed"),
                        check.String("detail")
                    )),
            ],
            item.Strings("missingActions"),
            (int)item.Number("misses"),
            (int?)item.OptionalNumber("packedPolicyPercent"),
            item.OptionalTime("nextCheckAt")
        );
}
