namespace Buttonize.Api.Hosting;

/// <summary>The section <c>Buttonize</c> of the configuration. Everything in it is checked at start.</summary>
internal sealed class ButtonizeOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Buttonize";

    /// <summary>The AWS account (12 digits) that customers' trust policies name. Required.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The DynamoDB table.</summary>
    public string TableName { get; set; } = "buttonize";

    /// <summary>Whether the program makes the table where it is missing; unset: only in Development.</summary>
    public bool? CreateTable { get; set; }

    /// <summary>Exact origins (<c>https://host[:port]</c>) whose pages may call.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <inheritdoc cref="EncryptionOptions"/>
    public EncryptionOptions Encryption { get; } = new();

    /// <inheritdoc cref="AuthenticationOptions"/>
    public AuthenticationOptions Authentication { get; } = new();

    /// <inheritdoc cref="ConsoleOptions"/>
    public ConsoleOptions Console { get; } = new();

    /// <summary>Addresses or networks (CIDR) of the proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count; none by default.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>
    /// For how many seconds a stopping instance still serves, while <c>/health/ready</c> says 503; unset: 5, and 0 in Development.
    /// </summary>
    public int? DrainSeconds { get; set; }

    /// <summary>Where the operations endpoints are served instead of beside the API (<c>http://…:port</c>); unset: beside it.</summary>
    public string? OperationsUrl { get; set; }

    /// <inheritdoc cref="StsOptions"/>
    public StsOptions Sts { get; } = new();

    /// <inheritdoc cref="LimitsOptions"/>
    public LimitsOptions Limits { get; } = new();

    /// <inheritdoc cref="AuditOptions"/>
    public AuditOptions Audit { get; } = new();

    /// <summary>What wraps the data keys: exactly one of the two in a deployment.</summary>
    internal sealed class EncryptionOptions
    {
        /// <summary>A KMS key's id, ARN or alias.</summary>
        public string? KmsKeyId { get; set; }

        /// <summary>
        /// The name of the table whose data keys these are, where this one was restored from it under another name; unset: this table's.
        /// </summary>
        public string? KmsContext { get; set; }

        /// <summary>A text file of 32 random bytes in base64; made on first use in Development only.</summary>
        public string? KeyFile { get; set; }
    }

    /// <summary>What is read from access tokens beyond what OpenID Connect fixes.</summary>
    internal sealed class AuthenticationOptions
    {
        /// <summary>The claims that can be the user's name, in order; the first that is not empty counts.</summary>
        public static readonly IReadOnlyList<string> DefaultNameClaims =
        [
            "preferred_username",
            "email",
            "name",
            "sub",
        ];

        /// <summary>Replaces <see cref="DefaultNameClaims"/> where it is not empty.</summary>
        public IList<string> NameClaims { get; } = [];

        /// <summary>Further OpenID providers beside <c>Bearer</c>: the names of their schemes, each configured as that one.</summary>
        public IList<string> Schemes { get; } = [];

        /// <summary>Whether a token without any <c>aud</c> counts as for the client in its <c>client_id</c>, as Cognito's need.</summary>
        public bool ClientIdAsAudience { get; set; }

        /// <summary>Claims that say, by <c>true</c>, that the e-mail is verified; unset: <c>email_verified</c>. Entra ID has <c>xms_edov</c>.</summary>
        public IList<string> EmailVerifiedClaims { get; } = [];

        /// <summary>Schemes whose e-mail addresses never count as verified, whatever the provider says.</summary>
        public IList<string> UntrustedEmailSchemes { get; } = [];

        /// <summary>A scope that every access token must have (<c>scope</c> or <c>scp</c>); unset: none.</summary>
        public string? RequiredScope { get; set; }
    }

    /// <summary>The page at <c>/</c>.</summary>
    internal sealed class ConsoleOptions
    {
        /// <summary>Whether the control plane serves it.</summary>
        public bool Enabled { get; set; }

        /// <summary>The page's public client at the provider of the scheme <c>Bearer</c>; its redirect URI is the page's own address.</summary>
        public string? ClientId { get; set; }

        /// <summary>What the page asks the provider for; a provider can need the API's own scope in it, or <c>offline_access</c>.</summary>
        public string Scope { get; set; } = "openid profile email";

        /// <summary>
        /// Further parameters of the authorization request, where a provider needs them to issue tokens for this API: Auth0's
        /// <c>audience</c>, or <c>resource</c> (RFC 8707).
        /// </summary>
        public IDictionary<string, string> AuthorizationParameters { get; } =
            new Dictionary<string, string>(StringComparer.Ordinal);
    }

    /// <summary>AWS STS beyond what the AWS SDK's own settings say.</summary>
    internal sealed class StsOptions
    {
        /// <summary>Regions to ask, in this order, where the control plane's own does not answer.</summary>
        public IList<string> FallbackRegions { get; } = [];
    }

    /// <summary>
    /// How much one caller, one organization and the whole process may ask of AWS STS. Calls to STS count, not requests: retries, calls to
    /// fallback Regions and the calls of a proof as well.
    /// </summary>
    internal sealed class LimitsOptions
    {
        /// <summary>New sessions of one person in any minute.</summary>
        public int CredentialsPerUserPerMinute { get; set; } = 60;

        /// <summary>Calls to STS for one organization in any second.</summary>
        public int AssumeRolePerOrganizationPerSecond { get; set; } = 50;

        /// <summary>Calls to STS of all instances in any second. AWS's quota is 600 for an account and Region (IAM and STS quotas).</summary>
        public int AssumeRolePerSecond { get; set; } = 500;

        /// <summary>Registrations, replacements and checks on demand of one organization in any minute.</summary>
        public int RegistrationsPerOrganizationPerMinute { get; set; } = 60;

        /// <summary>Organizations that one person owns at the same time.</summary>
        public int OrganizationsPerUser { get; set; } = 20;
    }

    /// <summary>The ledger of issued sessions.</summary>
    internal sealed class AuditOptions
    {
        /// <summary>For how many days an entry is kept.</summary>
        public int RetentionDays { get; set; } = 400;
    }
}
