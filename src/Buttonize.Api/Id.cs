global using ApiKeyId = Buttonize.Api.Id<Buttonize.Api.Organizations.ApiKey>;
global using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
global using GroupId = Buttonize.Api.Id<Buttonize.Api.Organizations.Group>;
global using InvitationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Invitation>;
global using IssuanceId = Buttonize.Api.Id<Buttonize.Api.Audit.Issuance>;
global using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
global using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Buttonize.Api;

/// <summary>
/// The identifier of one kind of thing: 21 characters of <c>A-Za-z0-9_-</c>, 126 bits from a cryptographic source. The type
/// parameter only keeps the kinds apart, so that an app's id can never be passed for an organization's.
/// </summary>
internal readonly record struct Id<TOf>
{
    /// <summary>The length of every identifier made here.</summary>
    public const int Length = 21;

    private const string Alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    private static readonly SearchValues<char> Characters = SearchValues.Create(Alphabet);

    private readonly string? value;

    private Id(string value) => this.value = value;

    /// <summary>The identifier as it stands in URLs, keys and tags.</summary>
    /// <exception cref="InvalidOperationException">The id is the default of its type, which names nothing.</exception>
    public string Value =>
        value ?? throw new InvalidOperationException("An id without a value names nothing.");

    /// <summary>A new identifier, unguessable.</summary>
    public static Id<TOf> New() => new(RandomNumberGenerator.GetString(Alphabet, Length));

    /// <summary>Parses <paramref name="text"/>; anything but exactly 21 characters of the alphabet is no identifier.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Id<TOf> id)
    {
        var valid = text is { Length: Length } && !text.AsSpan().ContainsAnyExcept(Characters);
        id = valid ? new Id<TOf>(text!) : default;
        return valid;
    }

    /// <summary>Reads an identifier that was made here.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no identifier.</exception>
    public static Id<TOf> Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException("This is not an identifier.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
