using System.Diagnostics;
using System.Security.Cryptography;
using Buttonize.Local.Processes;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// Packages that npm installs once for this user, outside the repository; npm's own settings (registry, proxy) apply, and it
/// holds every package against the hash in package-lock.json.
/// </summary>
internal static class NodePackages
{
    /// <summary>Written last, so that a folder with it is whole.</summary>
    private const string Seal = "complete";

    private static readonly string[] Files = ["package.json", "package-lock.json"];

    /// <param name="name">What they are for.</param>
    /// <param name="source">The folder with package.json and package-lock.json.</param>
    /// <returns>The folder with node_modules, one per content of the two files.</returns>
    public static async Task<string> EnsureAsync(
        string name,
        string source,
        CancellationToken cancellationToken
    )
    {
        var parent = Path.Combine(CacheRoot(), "buttonize", name);
        var folder = Path.Combine(parent, await HashAsync(source, cancellationToken));
        if (IsWhole(folder))
        {
            return folder;
        }
        Directory.CreateDirectory(parent);
        // Two test processes can start side by side: one installs, the other waits for it.
        await using var turn = await FileLock.TakeAsync(folder + ".lock", cancellationToken);
        if (!IsWhole(folder))
        {
            await InstallAsync(source, folder, cancellationToken);
        }
        return folder;
    }

    private static bool IsWhole(string folder) => File.Exists(Path.Combine(folder, Seal));

    private static async Task InstallAsync(
        string source,
        string folder,
        CancellationToken cancellationToken
    )
    {
        // What a run that was killed left behind: whoever still worked on it would have the lock.
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        Directory.CreateDirectory(folder);
        foreach (var file in Files)
        {
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        }
        var start = new ProcessStartInfo(
            "npm",
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        using var npm = Process.Start(start)!;
        await using var stop = cancellationToken.Register(() => npm.Kill(entireProcessTree: true));
        var output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await npm.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await npm.WaitForExitAsync(cancellationToken);
        npm.ExitCode.Should().Be(0, $"npm ci has to install the packages; it said: {error}");
        await File.WriteAllTextAsync(Path.Combine(folder, Seal), "", cancellationToken);
    }

    private static async Task<string> HashAsync(string source, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files)
        {
            hash.AppendData(
                await File.ReadAllBytesAsync(Path.Combine(source, file), cancellationToken)
            );
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static string CacheRoot() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } configured
            ? configured
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ".cache"
            );
}
