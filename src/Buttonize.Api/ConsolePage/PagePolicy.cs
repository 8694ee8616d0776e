using System.Globalization;

namespace Buttonize.Api.ConsolePage;

/// <summary>
/// What the page may do. Credentials and function payloads pass through it, so its scripts can send requests to this server, the provider's
/// token endpoint and Lambda, and to nobody else. What that does not hold off is in docs/adr/0015.
/// </summary>
internal static class PagePolicy
{
    /// <summary>The content security policy (CSP, level 3).</summary>
    /// <param name="tokenEndpoint">The provider's; null while it is not known.</param>
    /// <param name="lambda">Lambda's addresses, one for each Region.</param>
    public static string Content(string? tokenEndpoint, IEnumerable<Uri> lambda)
    {
        IEnumerable<string> targets =
        [
            "'self'",
            .. Uri.TryCreate(tokenEndpoint, UriKind.Absolute, out var endpoint)
                ? Origin(endpoint)
                : [],
            .. lambda.SelectMany(Origin),
        ];
        return string.Join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            $"connect-src {string.Join(' ', targets.Distinct(StringComparer.Ordinal))}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'"
        );
    }

    /// <summary>Sets what goes with every file of the page.</summary>
    public static void Apply(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";

        // The address can hold an authorization code for a moment.
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] =
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    }

    /// <summary>
    /// A source of the policy: scheme, host and port, and nothing that could be another directive. What has none of them is left out, as what
    /// is not named is not allowed.
    /// </summary>
    private static IEnumerable<string> Origin(Uri address)
    {
        var isHost =
            address.HostNameType
            is UriHostNameType.Dns
                or UriHostNameType.IPv4
                or UriHostNameType.IPv6;
        if (!isHost || address.Scheme is not ("https" or "http"))
        {
            return [];
        }

        var host = address.HostNameType == UriHostNameType.Dns ? address.IdnHost : address.Host;
        var port = address.IsDefaultPort
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $":{address.Port}");
        return [$"{address.Scheme}://{host}{port}"];
    }
}
