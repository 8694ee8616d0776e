namespace Buttonize.LocalAws.Sts;

/// <summary>Collects broken constraints of the API model and words them as AWS does, all in one error.</summary>
internal sealed class Constraints
{
    private readonly List<string> broken = [];

    public AwsError? Error =>
        broken.Count == 0
            ? null
            : StsErrors.Invalid(
                $"{broken.Count} validation error{(broken.Count == 1 ? "" : "s")} detected: {string.Join("; ", broken)}"
            );

    /// <param name="hidden">True for a value that no message may repeat; AWS leaves it out likewise.</param>
    public void Break(string member, string? value, string constraint, bool hidden = false)
    {
        var shown =
            hidden ? "Value"
            : value is null ? "Value null"
            : $"Value '{value}'";
        broken.Add($"{shown} at '{member}' failed to satisfy constraint: {constraint}");
    }

    public void Required(string member, string? value)
    {
        if (value is null)
        {
            Break(member, value, "Member must not be null");
        }
    }

    /// <summary>Length in Unicode code points; null passes.</summary>
    public void Length(string member, string? value, int least, int most, bool hidden = false)
    {
        var length = value?.EnumerateRunes().Count() ?? least;
        if (length < least)
        {
            Break(
                member,
                value,
                $"Member must have length greater than or equal to {least}",
                hidden
            );
        }
        if (length > most)
        {
            Break(member, value, $"Member must have length less than or equal to {most}", hidden);
        }
    }

    public void Alphabet(
        string member,
        string? value,
        Func<string, bool> isWithin,
        string pattern,
        bool hidden = false
    )
    {
        if (value is not null && !isWithin(value))
        {
            Break(
                member,
                value,
                $"Member must satisfy regular expression pattern: {pattern}",
                hidden
            );
        }
    }
}
