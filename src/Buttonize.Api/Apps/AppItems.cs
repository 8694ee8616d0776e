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
            );

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
            item.Time("createdAt"),
            item.Time("updatedAt"),
            item.Number("version")
        );

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
            .Set(
                "verification",
                new Item()
                    .Set("status", verification.Status.ToString())
                    .Set("checkedAt", verification.CheckedAt)
            );

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

    private static Verification ReadVerification(Item item) =>
        Verification.Of(
            Enum.Parse<VerificationStatus>(item.String("status")),
            item.Time("checkedAt")
        );
}
