using System.Diagnostics;
using System.Globalization;
using Buttonize.Api.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>A real nginx with <c>deploy/nginx.conf</c> as it is, but for the addresses.</summary>
public sealed class Nginx : IAsyncDisposable
{
    private readonly string folder;
    private readonly Process process;

    private Nginx(string folder, Process process, Uri address) =>
        (this.folder, this.process, Address) = (folder, process, address);

    public Uri Address { get; }

    /// <summary>What nginx itself found wrong.</summary>
    public string Log => File.ReadAllText(Path.Join(folder, "error.log"));

    /// <summary>Starts one before two instances; skips the test where there is no nginx.</summary>
    public static async Task<Nginx> StartAsync(
        Uri first,
        Uri second,
        CancellationToken cancellationToken
    )
    {
        // Debian has it where only root looks.
        var program = Programs.Find("nginx") ?? "/usr/sbin/nginx";
        if (!File.Exists(program))
        {
            Prerequisite.Missing("nginx is not installed (Debian: nginx-light).");
        }

        var port = Until.FreePort();
        var folder = Directory.CreateTempSubdirectory("buttonize-nginx-").FullName;
        await File.WriteAllTextAsync(
            Path.Join(folder, "nginx.conf"),
            Configuration(folder, port, first, second),
            cancellationToken
        );
        var start = new ProcessStartInfo(
            program,
            ["-p", folder, "-c", "nginx.conf", "-e", "error.log"]
        );
        var nginx = new Nginx(
            folder,
            Process.Start(start)!,
            new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}")
        );
        await Until.TrueAsync(
            () =>
                nginx.process.HasExited
                    ? throw new InvalidOperationException($"nginx ended: {nginx.Log}")
                    : Until.IsListeningAsync(port, cancellationToken),
            cancellationToken
        );
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        // The workers notice that their master has gone only by its word.
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static string Configuration(string folder, int port, Uri first, Uri second)
    {
        var deployed = File.ReadAllText(Path.Join(Repository.Root, "deploy", "nginx.conf"));
        foreach (
            var (from, to) in new[]
            {
                ("10.0.1.11:5080", first.Authority),
                ("10.0.2.11:5080", second.Authority),
                ("listen 80;", $"listen 127.0.0.1:{port};"),
            }
        )
        {
            deployed.Should().Contain(from);
            deployed = deployed.Replace(from, to, StringComparison.Ordinal);
        }

        // What a package's own nginx.conf has around it, without root's paths.
        var scratch = string.Join(
            '\n',
            ((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(name =>
                $"{name}_temp_path {folder}/{name};"
            )
        );
        return $$"""
            daemon off;
            pid {{folder}}/nginx.pid;
            worker_processes 2;
            events { worker_connections 256; }
            http {
              access_log off;
              {{scratch}}
              {{deployed}}
            }
            """;
    }
}
