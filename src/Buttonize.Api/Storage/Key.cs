using Buttonize.Api.Apps;

namespace Buttonize.Api.Storage;

/// <summary>
/// The primary key of an item. Every shape of key of the table is made here, and nowhere else: whatever belongs to a tenant has
/// the organization's id as its partition, so that a read cannot leave the tenant.
/// </summary>
/// <param name="Partition">The attribute <c>pk</c>.</param>
/// <param name="Sort">The attribute <c>sk</c>.</param>
internal readonly record struct Key(string Partition, string Sort)
{
    /// <summary>The sort key prefix of an organization's apps.</summary>
    public const string AppPrefix = "APP#";

    /// <summary>The sort key prefix of an organization's API keys.</summary>
    public const string ApiKeyPrefix = "API_KEY#";

    /// <summary>The sort key prefix of an organization's members.</summary>
    public const string MemberPrefix = "MEMBER#";

    /// <summary>The sort key prefix of an organization's groups.</summary>
    public const string GroupPrefix = "GROUP#";

    /// <summary>The sort key prefix of an organization's invitations, and of those of an e-mail address.</summary>
    public const string InvitationPrefix = "INVITATION#";

    /// <summary>The partition of the organizations that are marked as deleted, and not swept yet.</summary>
    public const string DeletedOrganizationsPartition = "DELETED_ORGANIZATIONS";

    /// <summary>The partition of the people whose erasure has begun, and not ended yet.</summary>
    public const string ErasedPeoplePartition = "ERASED_PEOPLE";

    /// <summary>The sort key prefix of a person's memberships.</summary>
    public const string MembershipPrefix = "MEMBERSHIP#";

    /// <summary>The sort key prefix of the data keys.</summary>
    public const string DataKeyPrefix = "KEY#";

    /// <summary>The partition of the data keys.</summary>
    public const string DataKeyPartition = "DATA_KEYS";

    /// <summary>The partition of what the instances tell each other of their use of the limits.</summary>
    public const string UsagePartition = "USAGE";

    /// <summary>What one instance tells.</summary>
    public static Key Usage(string instance) => new(UsagePartition, $"INSTANCE#{instance}");

    /// <summary>The partition of the erased people whose names may still stand in the ledger.</summary>
    public const string ErasedIssuancesPartition = "ERASED_ISSUANCES";

    /// <summary>Who does a kind of background work now.</summary>
    public static Key Lease(string work) => new($"LEASE#{work}", "LEASE");

    public static string OrganizationPartition(OrganizationId organization) =>
        $"ORGANIZATION#{organization}";

    public static string UserPartition(UserId user) => $"USER#{user}";

    public static Key Organization(OrganizationId organization) =>
        new(OrganizationPartition(organization), "ORGANIZATION");

    public static Key Member(OrganizationId organization, UserId user) =>
        new(OrganizationPartition(organization), MemberPrefix + user);

    public static Key Group(OrganizationId organization, GroupId group) =>
        new(OrganizationPartition(organization), GroupPrefix + group);

    /// <summary>The claim that keeps a group's name unique in its organization.</summary>
    public static Key GroupName(OrganizationId organization, string hashedName) =>
        new(OrganizationPartition(organization), $"GROUP_NAME#{hashedName}");

    public static Key Invitation(OrganizationId organization, InvitationId invitation) =>
        new(OrganizationPartition(organization), InvitationPrefix + invitation);

    /// <summary>When somebody who had been invited by an address left the organization, or was removed.</summary>
    public static Key Departed(OrganizationId organization, string hashedEmail) =>
        new(OrganizationPartition(organization), $"DEPARTED#{hashedEmail}");

    public static string InvitedPartition(string hashedEmail) => $"INVITED#{hashedEmail}";

    /// <summary>
    /// The invited side of <see cref="Invitation"/>. The address, by its keyed hash, is part of the key: nobody reads an invitation to
    /// another address, whatever id they name.
    /// </summary>
    public static Key Invited(string hashedEmail, InvitationId invitation) =>
        new(InvitedPartition(hashedEmail), InvitationPrefix + invitation);

    /// <summary>
    /// The ledger of an organization: a partition of its own, so that it outlives what is swept when the organization is deleted.
    /// </summary>
    public static string LedgerPartition(OrganizationId organization) => $"LEDGER#{organization}";

    /// <summary>The organization whose ledger a partition is.</summary>
    public static OrganizationId ToLedger(string partition) =>
        OrganizationId.Parse(partition["LEDGER#".Length..]);

    /// <summary>An entry of the ledger; in the order of time.</summary>
    public static Key Issuance(
        OrganizationId organization,
        DateTimeOffset issuedAt,
        IssuanceId issuance
    ) => new(LedgerPartition(organization), $"{Item.Format(issuedAt)}#{issuance}");

    public static Key ErasedIssuances(UserId user) => new(ErasedIssuancesPartition, user.Value);

    public static Key ErasedPerson(UserId user) => new(ErasedPeoplePartition, user.Value);

    public static Key DeletedOrganization(OrganizationId organization) =>
        new(DeletedOrganizationsPartition, organization.Value);

    public static Key App(OrganizationId organization, AppId app) =>
        new(OrganizationPartition(organization), AppPrefix + app);

    /// <summary>The organization and the id of an app's key.</summary>
    public (OrganizationId Organization, AppId App) ToApp() =>
        (
            OrganizationId.Parse(Partition["ORGANIZATION#".Length..]),
            AppId.Parse(Sort[AppPrefix.Length..])
        );

    public static Key ApiKey(OrganizationId organization, ApiKeyId key) =>
        new(OrganizationPartition(organization), ApiKeyPrefix + key);

    /// <summary>What an <c>Idempotency-Key</c> did; the caller's text is hashed, so that it can hold any character.</summary>
    public static Key Idempotency(OrganizationId organization, string hashedKey) =>
        new(OrganizationPartition(organization), $"IDEMPOTENCY#{hashedKey}");

    /// <summary>An API key by the SHA-256 of its secret: the only way from a secret to its organization.</summary>
    public static Key ApiKeySecret(string hash) => new($"API_KEY_SECRET#{hash}", "API_KEY_SECRET");

    /// <summary>The person that an OpenID provider's (issuer, subject) stands for.</summary>
    public static Key Subject(string hash) => new($"SUBJECT#{hash}", "SUBJECT");

    public static Key Person(UserId user) => new(UserPartition(user), "PERSON");

    /// <summary>The person's side of <see cref="Member"/>: it answers "which organizations?" without an index.</summary>
    public static Key Membership(UserId user, OrganizationId organization) =>
        new(UserPartition(user), MembershipPrefix + organization);

    /// <summary>
    /// Who holds a role. IAM tells role names apart without regard to case, so the claim does as well: a second tenant must not get
    /// the same role by another spelling.
    /// </summary>
    public static Key RoleClaim(RoleArn role) =>
        new($"ROLE#{role.Value.ToLowerInvariant()}", "ROLE");

    /// <summary>Who an External ID belongs to, by its keyed hash.</summary>
    public static Key ExternalIdClaim(string keyedHash) =>
        new($"EXTERNAL_ID#{keyedHash}", "EXTERNAL_ID");

    public static Key DataKey(int id) =>
        new(
            DataKeyPartition,
            DataKeyPrefix + id.ToString("D4", System.Globalization.CultureInfo.InvariantCulture)
        );
}
