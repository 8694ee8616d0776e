namespace Buttonize.Api.Tests.Fixtures;

/// <summary>The sources that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder)
    {
        while (!File.Exists(Path.Join(folder, "Buttonize.sln")))
        {
            folder =
                Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException(
                    "The tests do not run from within the repository."
                );
        }

        return folder;
    }
}
