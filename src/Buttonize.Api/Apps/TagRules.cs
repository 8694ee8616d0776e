using FluentValidation;

namespace Buttonize.Api.Apps;

/// <summary>What tags can be, those of apps and those by which groups name apps.</summary>
internal static class TagRules
{
    /// <summary>The most characters of a tag.</summary>
    public const int Longest = 64;

    private const int Most = 50;

    /// <summary>At most 50 tags, each once.</summary>
    public static IRuleBuilderOptions<T, IReadOnlyList<string?>?> Tags<T>(
        this IRuleBuilder<T, IReadOnlyList<string?>?> rule,
        string member
    ) =>
        rule.Must(tags => tags is null || tags.Count <= Most)
            .WithMessage($"'{member}' must have at most {Most} entries; take some out.")
            .Must(tags =>
                tags is null || tags.Distinct(StringComparer.Ordinal).Count() == tags.Count
            )
            .WithMessage($"'{member}' has the same tag twice; send each tag once.");
}
