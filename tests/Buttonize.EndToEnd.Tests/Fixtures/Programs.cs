namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>Programs of the machine.</summary>
public static class Programs
{
    /// <summary>The first of these that is on <c>PATH</c>, or null.</summary>
    public static string? Find(params string[] names) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Join(folder, name)))
            .FirstOrDefault(File.Exists);
}
