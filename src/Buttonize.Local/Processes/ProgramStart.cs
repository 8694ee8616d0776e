using System.Diagnostics;

namespace Buttonize.Local.Processes;

/// <summary>What to start, and with what.</summary>
/// <param name="Name">How messages call it, such as "control plane".</param>
/// <param name="Program">Full path of the program.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
public sealed record ProgramStart(string Name, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// What any program needs from its surroundings. The rest stays behind: an <c>AWS_PROFILE</c> or a proxy of the person's
    /// shell must neither leak into the local processes nor change what they do.
    /// </summary>
    private static readonly string[] Inherited =
    [
        .. new[]
        {
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "SHELL",
            "LANG",
            "LC_ALL",
            "TZ",
            "TMPDIR",
            "TMP",
            "TEMP",
        },
        .. new[]
        {
            "SystemRoot",
            "SystemDrive",
            "windir",
            "ComSpec",
            "PATHEXT",
            "USERPROFILE",
            "USERNAME",
        },
        .. new[]
        {
            "APPDATA",
            "LOCALAPPDATA",
            "ProgramData",
            "ProgramFiles",
            "NUMBER_OF_PROCESSORS",
        },
        .. new[]
        {
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
            "DOTNET_ROOT",
            "DOTNET_HOST_PATH",
            "JAVA_HOME",
        },
        .. new[] { "SSL_CERT_FILE", "SSL_CERT_DIR" },
    ];

    /// <summary>Where it runs; the launcher's own folder of binaries unless told.</summary>
    public string WorkingDirectory { get; init; } = AppContext.BaseDirectory;

    /// <summary>Environment variables it gets beside the inherited ones.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>();

    /// <summary>
    /// Whether it gets the whole environment of this process, as tools of the developer's own do (npm with its registry,
    /// proxy and certificates).
    /// </summary>
    public bool InheritsEverything { get; init; }

    internal ProcessStartInfo ToStartInfo(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (!InheritsEverything)
        {
            var unwanted = info.Environment.Keys.Except(
                Inherited,
                StringComparer.OrdinalIgnoreCase
            );
            foreach (var name in unwanted.ToList())
            {
                info.Environment.Remove(name);
            }
        }

        foreach (var (name, value) in Environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }
}
