using System.Globalization;

namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// When a request was signed, in UTC and whole seconds, and for how long that is good. ISO 8601's basic format is the only
/// one, for the Date header too ("Elements of an AWS API request signature", "Common Parameters").
/// </summary>
internal static class SignatureDate
{
    private const string Format = "yyyyMMdd'T'HHmmss'Z'";

    public static DateTimeOffset? Parse(string text) =>
        DateTimeOffset.TryParseExact(
            text,
            Format,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var parsed
        )
            ? parsed
            : null;

    public static string Malformed(string text) =>
        $"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601";

    public static string Text(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>Both bounds are within.</summary>
    public static AuthenticationFailure? Check(
        DateTimeOffset signedAt,
        DateTimeOffset now,
        TimeSpan lifetime,
        TimeSpan clockSkew
    )
    {
        // Timestamps have whole seconds; so has the comparison.
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var earliest = now - lifetime;
        var latest = now + clockSkew;
        if (signedAt < earliest)
        {
            return AuthenticationFailure.Wrong(
                $"Signature expired: {Text(signedAt)} is now earlier than {Text(earliest)} "
                    + $"({Text(now)} - {lifetime.TotalMinutes} min.)"
            );
        }
        return signedAt > latest
            ? AuthenticationFailure.Wrong(
                $"Signature not yet current: {Text(signedAt)} is still later than {Text(latest)} "
                    + $"({Text(now)} + {clockSkew.TotalMinutes} min.)"
            )
            : null;
    }
}
