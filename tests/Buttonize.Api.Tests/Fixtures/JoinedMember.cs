using Buttonize.Api.Storage;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using Person = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A member of an organization who does not own it.</summary>
public sealed record JoinedMember(string Subject, string UserId, string Email, HttpClient Client)
{
    /// <summary>Lets somebody join, by default somebody new.</summary>
    public static Task<JoinedMember> JoinAsync(
        Tenant tenant,
        StoredTable table,
        CancellationToken cancellationToken,
        string? subject = null
    ) => JoinAsync(tenant.ControlPlane, tenant.OrganizationId, table, cancellationToken, subject);

    /// <summary>
    /// Lets somebody join, by default somebody new. Nobody can be invited yet, so the membership is written into the table, as that of an owner is.
    /// </summary>
    public static async Task<JoinedMember> JoinAsync(
        ControlPlane controlPlane,
        string organizationId,
        StoredTable table,
        CancellationToken cancellationToken,
        string? subject = null
    )
    {
        subject ??= $"member-{Guid.NewGuid():N}";
        var email = $"{subject}@example.com";
        var client = controlPlane.WithToken(
            controlPlane.Provider.Token(subject, claims: c => c["email"] = email)
        );
        var userId = (await client.GetAnswerAsync("/v1/me", cancellationToken)).Is(200)["userId"];
        var (organization, user) = (OrganizationId.Parse(organizationId), Person.Parse(userId));
        Item[] items =
        [
            new Item(Key.Member(organization, user))
                .Set("userId", userId)
                .Set("joinedAt", TimeProvider.System.GetUtcNow()),
            new Item(Key.Membership(user, organization)).Set("organizationId", organizationId),
        ];
        await table.PutManyAsync(items.Select(i => i.Attributes), cancellationToken);
        return new JoinedMember(subject, userId, email, client);
    }
}
