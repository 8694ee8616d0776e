namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Requests of tables in one line: <c>ExternalId=abc SourceIdentity=ada tag:team=blue transitive:team</c>. What is not
/// said is not sent.
/// </summary>
internal static class AssumeRoleText
{
    public static AssumeRoleParameters Parse(string text)
    {
        var parameters = new AssumeRoleParameters().With("ExternalId", null);
        var transitive = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = word.Split('=', 2) is [var left, var right]
                ? (left, right)
                : (word, "");
            if (name.StartsWith("tag:", StringComparison.Ordinal))
            {
                parameters.Tag(name["tag:".Length..], value);
            }
            else if (name.StartsWith("transitive:", StringComparison.Ordinal))
            {
                transitive.Add(name["transitive:".Length..]);
            }
            else
            {
                parameters.With(name, value);
            }
        }
        return parameters.Transitive([.. transitive]);
    }
}
