using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>Which claims say what of a person.</summary>
internal sealed class ProfileClaims(IOptions<ButtonizeOptions> options)
{
    private const string Subject = "sub";

    /// <summary>Those that can be the name, in order, up to <c>sub</c>, which every token has: what comes after it never counts.</summary>
    public IReadOnlyList<string> Names { get; } =
    [
        .. Configured(
                options.Value.Authentication.NameClaims,
                ButtonizeOptions.AuthenticationOptions.DefaultNameClaims
            )
            .TakeWhile(claim => claim != Subject),
    ];

    /// <summary>Those that say that the e-mail beside them is verified; one is enough.</summary>
    public IReadOnlyList<string> EmailVerified { get; } =
    [.. Configured(options.Value.Authentication.EmailVerifiedClaims, ["email_verified"])];

    private static IEnumerable<string> Configured(
        ICollection<string> configured,
        IEnumerable<string> otherwise
    ) => configured.Count > 0 ? configured : otherwise;
}
