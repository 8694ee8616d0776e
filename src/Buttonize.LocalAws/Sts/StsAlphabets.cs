using System.Text;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// The patterns of STS's API model, next to code that judges them as STS does: <c>\w</c> is ASCII there, and the classes
/// of tags are by Unicode code point. .NET's own regular expressions differ in both.
/// </summary>
internal static class StsAlphabets
{
    public const string SessionNamePattern = @"[\w+=,.@-]*";
    public const string ExternalIdPattern = @"[\w+=,.@:\/-]*";
    public const string TagKeyPattern = @"[\p{L}\p{Z}\p{N}_.:/=+\-@]+";
    public const string TagValuePattern = @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*";
    public const string PolicyPattern = @"[\u0009\u000A\u000D\u0020-\u00FF]+";

    public static bool IsSessionName(string text) => text.All(IsSessionNameCharacter);

    public static bool IsExternalId(string text) =>
        text.All(c => IsSessionNameCharacter(c) || c is ':' or '/');

    public static bool IsTagText(string text) => text.EnumerateRunes().All(IsTagRune);

    public static bool IsPolicyText(string text) =>
        text.All(c => c is '\t' or '\n' or '\r' or (>= ' ' and <= '\u00ff'));

    private static bool IsSessionNameCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '=' or ',' or '.' or '@' or '-';

    private static bool IsTagRune(Rune rune) =>
        Rune.IsLetter(rune)
        || Rune.IsNumber(rune)
        || Rune.IsSeparator(rune)
        || rune.Value is '_' or '.' or ':' or '/' or '=' or '+' or '-' or '@';
}
