using System.Security.Claims;

namespace Buttonize.Api.Access;

/// <summary>The access token of this call, once it was found good, and the provider it was found good for.</summary>
/// <param name="Scheme">The authentication scheme that judged it.</param>
/// <param name="Text">The token itself, to ask its provider about its person with.</param>
internal sealed record PresentedToken(string Scheme, string Text)
{
    /// <summary>Never the token.</summary>
    public override string ToString() => $"[redacted access token of {Scheme}]";
}

/// <summary>What a provider says of a person, in an access token or at its UserInfo endpoint.</summary>
/// <param name="Name">The first name claim that is not empty, or null.</param>
/// <param name="Email">The claim <c>email</c>, or null.</param>
/// <param name="IsEmailVerified">Whether a claim that says it is verified came with it, and is true.</param>
internal sealed record Profile(string? Name, string? Email, bool IsEmailVerified)
{
    /// <summary>A provider that says nothing.</summary>
    public static readonly Profile None = new(null, null, IsEmailVerified: false);

    /// <summary>The profile in these claims.</summary>
    /// <param name="claims">Which claims say what.</param>
    /// <param name="valueOf">A claim's value; null where there is none.</param>
    public static Profile Of(ProfileClaims claims, Func<string, string?> valueOf)
    {
        var email = NotBlank(valueOf("email"));
        return new Profile(
            claims
                .Names.Select(claim => NotBlank(valueOf(claim)))
                .FirstOrDefault(n => n is not null),
            email,
            // A boolean by OpenID Connect Core, 5.1; Cognito's UserInfo has it as text.
            email is not null
                && claims.EmailVerified.Any(claim =>
                    string.Equals(valueOf(claim), "true", StringComparison.OrdinalIgnoreCase)
                )
        );
    }

    /// <summary>The profile in a verified token.</summary>
    public static Profile Of(ProfileClaims claims, ClaimsPrincipal token) =>
        Of(claims, claim => token.FindFirstValue(claim));

    /// <summary>This, with what it lacks from another one. An address always comes with its own verification.</summary>
    public Profile CompletedBy(Profile other) =>
        Email is null
            ? new Profile(Name ?? other.Name, other.Email, other.IsEmailVerified)
            : this with
            {
                Name = Name ?? other.Name,
            };

    private static string? NotBlank(string? value) =>
        string.IsNullOrWhiteSpace(value) ? null : value;
}
