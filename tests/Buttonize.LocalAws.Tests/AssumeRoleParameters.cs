using System.Collections;

namespace Buttonize.LocalAws.Tests;

/// <summary>The parameters of an AssumeRole call that succeeds, to be changed one at a time.</summary>
internal sealed class AssumeRoleParameters : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> all =
    [
        new("RoleArn", LocalAws.RoleArn),
        new("RoleSessionName", "somebody"),
        new("DurationSeconds", "900"),
        new("ExternalId", LocalAws.ExternalId),
    ];

    /// <summary>Replaces, or with null removes, one parameter.</summary>
    public AssumeRoleParameters With(string name, string? value)
    {
        all.RemoveAll(pair => pair.Key == name);
        if (value is not null)
        {
            all.Add(new(name, value));
        }
        return this;
    }

    public AssumeRoleParameters Again(string name, string value)
    {
        all.Add(new(name, value));
        return this;
    }

    public AssumeRoleParameters Tag(string key, string value)
    {
        var number =
            1
            + all.Count(pair =>
                pair.Key.StartsWith("Tags.", StringComparison.Ordinal)
                && pair.Key.EndsWith(".Key", StringComparison.Ordinal)
            );
        return With($"Tags.member.{number}.Key", key).With($"Tags.member.{number}.Value", value);
    }

    public AssumeRoleParameters Transitive(params string[] keys)
    {
        for (var index = 0; index < keys.Length; index++)
        {
            With($"TransitiveTagKeys.member.{index + 1}", keys[index]);
        }
        return this;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
