namespace Buttonize.Local.Processes;

/// <summary>Finds programs the way a shell does.</summary>
internal static class ProgramPath
{
    /// <summary>The full path of a program on <c>PATH</c>, or null.</summary>
    /// <param name="name">Its name, without an extension.</param>
    public static string? Find(string name)
    {
        // On Windows npm is a script, npm.cmd, and a file without an extension is no program.
        string[] extensions = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        return folders
            .SelectMany(folder =>
                extensions.Select(extension => Path.Combine(folder, name + extension))
            )
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The <c>dotnet</c> host: the one that runs this process, where it says so.</summary>
    public static string DotnetHost() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host
        && File.Exists(host)
            ? host
            : Find("dotnet")
                ?? throw new StartFailedException(
                    "The dotnet program is not on PATH: add the folder of the .NET SDK to PATH."
                );
}
