using Microsoft.Extensions.FileProviders;

namespace Buttonize.Api.ConsolePage;

/// <summary>The built page (<c>src/buttonize-console</c>), which the build puts beside the program.</summary>
internal static class PageFiles
{
    /// <summary>The page itself.</summary>
    public const string Index = "index.html";

    /// <summary>The folder of its scripts and styles: their names change with their content.</summary>
    public const string Assets = "/assets";

    private static readonly string Folder = Path.Join(AppContext.BaseDirectory, "console");

    /// <summary>Whether this build has the page: one without npm on its machine has none.</summary>
    public static bool AreBuilt => File.Exists(Path.Join(Folder, Index));

    /// <summary>The files, and nothing outside their folder.</summary>
    public static IFileProvider Provider() => new PhysicalFileProvider(Folder);

    /// <summary>Whether a path is the page's.</summary>
    public static bool Has(PathString path) =>
        path == "/" || path == $"/{Index}" || path.StartsWithSegments(Assets);
}
