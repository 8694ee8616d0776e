using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>The claims that can be a person's name.</summary>
internal sealed class NameClaims(IOptions<ButtonizeOptions> options)
{
    private const string Subject = "sub";

    /// <summary>In order, up to <c>sub</c>, which every token has: what comes after it never counts.</summary>
    public IReadOnlyList<string> BeforeSubject { get; } =
    [
        .. (
            options.Value.Authentication.NameClaims is { Count: > 0 } configured
                ? configured
                : (IEnumerable<string>)ButtonizeOptions.AuthenticationOptions.DefaultNameClaims
        ).TakeWhile(claim => claim != Subject),
    ];
}
