using System.Globalization;
using System.Text;
using Buttonize.Api.Access;

namespace Buttonize.Api.Sessions;

/// <summary>
/// Whom a session is for, as AWS sees it: <c>btnz__&lt;userId&gt;__&lt;userName&gt;</c> as session name and source identity, and five
/// transitive tags. Everything comes from the verified token and the stored records.
/// </summary>
internal sealed record SessionIdentity
{
    /// <summary>STS API reference, AssumeRole: RoleSessionName and SourceIdentity have 2-64 characters.</summary>
    public const int MaximumSessionName = 64;

    /// <summary>STS API reference, Tag: a value has 0-256 characters.</summary>
    public const int MaximumTagValue = 256;

    private const string AppIdTag = "buttonize-app-id";
    private const string LocalDevelopmentTag = "buttonize-local-development";
    private const string UserIdTag = "buttonize-user-id";
    private const string OrganizationIdTag = "buttonize-organization-id";
    private const string UserNameTag = "buttonize-user-name";
    private const string NameOfNobody = "user";

    /// <summary>User id and user name of a proof's sessions. No user's id is that short.</summary>
    private const string TrustProbe = "trust-probe";

    private SessionIdentity(string sessionName, IReadOnlyList<KeyValuePair<string, string>> tags) =>
        (SessionName, Tags) = (sessionName, tags);

    /// <summary>Session name and source identity. Read by position, since ids can contain <c>__</c>: 4, 2, 21, 2, the rest.</summary>
    public string SessionName { get; }

    /// <summary>The session tags, in the order CloudTrail shows them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; }

    /// <summary>The keys of the tags that sessions chained from this one inherit: all of them.</summary>
    public IReadOnlyList<string> TransitiveTagKeys { get; } =
    [LocalDevelopmentTag, UserIdTag, OrganizationIdTag, UserNameTag, AppIdTag];

    /// <summary>What the session names of a person begin with, under whatever name they were issued.</summary>
    public static string PrefixOf(UserId user) => $"btnz__{user}__";

    /// <summary>The identity of a person's session of an app.</summary>
    public static SessionIdentity For(
        Person person,
        OrganizationId organization,
        AppId app,
        bool localDevelopment
    )
    {
        var prefix = PrefixOf(person.Id);
        return new SessionIdentity(
            prefix + SessionNamePart(person.Name, MaximumSessionName - prefix.Length),
            TagsOf(app, localDevelopment, person.Id.Value, organization, TagValue(person.Name))
        );
    }

    /// <summary>The identity under which an app's role is proven: nobody's, and the app's own, so that the trail tells what it was for.</summary>
    public static SessionIdentity ForTrustProbe(OrganizationId organization, AppId app) =>
        new(
            $"btnz__{TrustProbe}__{app}",
            TagsOf(app, localDevelopment: false, TrustProbe, organization, TrustProbe)
        );

    private static IReadOnlyList<KeyValuePair<string, string>> TagsOf(
        AppId app,
        bool localDevelopment,
        string userId,
        OrganizationId organization,
        string userName
    ) =>
        [
            new(AppIdTag, app.Value),
            new(LocalDevelopmentTag, localDevelopment ? "true" : "false"),
            new(UserIdTag, userId),
            new(OrganizationIdTag, organization.Value),
            new(UserNameTag, userName),
        ];

    /// <summary>
    /// A name as it may stand in a session name: folded to ASCII, every run of other characters one <c>-</c>, every run of <c>_</c> one
    /// <c>_</c>, neither at its ends.
    /// </summary>
    private static string SessionNamePart(string name, int most)
    {
        var part = new StringBuilder(name.Length);
        var outside = false;
        foreach (var c in AsciiFold.Fold(name))
        {
            if (!IsSessionNameCharacter(c))
            {
                outside = true;
                continue;
            }

            if (outside)
            {
                part.Append('-');
                outside = false;
            }

            if (c != '_' || part.Length == 0 || part[^1] != '_')
            {
                part.Append(c);
            }
        }

        var trimmed = part.ToString().Trim('-', '_');
        var cut = trimmed[..Math.Min(trimmed.Length, most)].TrimEnd('-', '_');
        return cut.Length == 0 ? NameOfNobody : cut;
    }

    /// <summary>
    /// A name as it may stand in a tag: as it is, with <c>-</c> for each character that STS refuses (STS API reference, Tag:
    /// letters, separators and numbers of any script, and <c>_.:/=+-@</c>).
    /// </summary>
    private static string TagValue(string name)
    {
        var value = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            var character = IsTagCharacter(rune) ? rune.ToString() : "-";
            if (value.Length + character.Length > MaximumTagValue)
            {
                break;
            }

            value.Append(character);
        }

        return value.ToString();
    }

    private static bool IsSessionNameCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '=' or ',' or '.' or '@' or '-';

    private static bool IsTagCharacter(Rune rune) =>
        rune.Value is '_' or '.' or ':' or '/' or '=' or '+' or '-' or '@'
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter
                or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber;
}
