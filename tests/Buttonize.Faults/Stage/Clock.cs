using System.Globalization;
using Buttonize.Local.Processes;

namespace Buttonize.Faults.Stage;

/// <summary>
/// The wall clock of one process, which jumps while it runs: libfaketime stands between it and the C library. Its monotonic clock, which
/// waits are measured by, goes on as it does on a machine whose clock is set.
/// </summary>
internal sealed class Clock(string file)
{
    private const string Package = "faketime";

    /// <summary>The same program with this clock. It alone, and not the shell that watches it, which would leave shared memory behind.</summary>
    /// <exception cref="StartFailedException">libfaketime is not on this machine.</exception>
    public ProgramStart Under(ProgramStart start) =>
        start with
        {
            Program =
                ProgramPath.Find("env")
                ?? throw new StartFailedException("There is no program env on PATH."),
            Arguments = [.. Variables(), start.Program, .. start.Arguments],
        };

    /// <summary>Whether this machine has what it needs.</summary>
    public static bool IsAvailable => Library is not null;

    private static string? Library { get; } =
        new[] { "/usr/lib", "/usr/lib64", "/lib" }
            .Where(Directory.Exists)
            .SelectMany(folder =>
                Directory
                    .EnumerateDirectories(folder, "*-linux-gnu*")
                    .Prepend(folder)
                    .Select(library => Path.Combine(library, Package, "libfaketimeMT.so.1"))
            )
            .FirstOrDefault(File.Exists);

    /// <summary>Sets it: how far it is ahead of (or behind) everybody else's.</summary>
    public void Set(TimeSpan ahead)
    {
        // The process may read at any moment, so never half a file.
        var next = file + ".next";
        File.WriteAllText(
            next,
            ahead.TotalSeconds.ToString("+0;-0;+0", CultureInfo.InvariantCulture) + "\n"
        );
        File.Move(next, file, overwrite: true);
    }

    private IEnumerable<string> Variables()
    {
        var library =
            Library
            ?? throw new StartFailedException(
                $"A clock that jumps needs libfaketime: install the Debian package {Package}."
            );
        yield return $"LD_PRELOAD={library}";
        yield return $"FAKETIME_TIMESTAMP_FILE={file}";
        // Seconds after which the file is read again.
        yield return "FAKETIME_CACHE_DURATION=1";
        yield return "FAKETIME_DONT_FAKE_MONOTONIC=1";
        // Else what waits by the monotonic clock is woken at once, and again and again.
        yield return "FAKETIME_FORCE_MONOTONIC_FIX=0";
    }
}
