using System.Diagnostics;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>The packages in TypeScript, each as somebody gets it who has only its sources.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string[] Made =
    [
        "node_modules",
        "dist",
        "cdk.out",
        Path.Join("buttonize-cdk", "lib"),
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("buttonize-packages-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("buttonize-browser")]
    [InlineData("buttonize-cdk")]
    [InlineData("buttonize-console")]
    public async Task It_builds_and_passes_its_tests_from_a_clean_folder(string package)
    {
        if (Programs.Find("npm") is null)
        {
            Prerequisite.Missing("npm is not on PATH (Debian: apt-get install npm).");
        }

        // The page is built from the browser client's sources; the template of the example is compared in the constructs' tests.
        foreach (var part in (string[])["src/buttonize-browser", $"src/{package}", "docs/examples"])
        {
            Copy(
                new DirectoryInfo(Path.Join(Repository.Root, part)),
                Path.Join(folder.FullName, part)
            );
        }

        var (status, output) = await RunAsync(Path.Join(folder.FullName, "src", package));

        TestContext.Current.TestOutputHelper?.WriteLine(output);
        status.Should().Be(0, output);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static async Task<(int Status, string Output)> RunAsync(string package)
    {
        var start = new ProcessStartInfo(
            "sh",
            [
                "-c",
                "npm ci --no-audit --no-fund --loglevel=error 2>&1 && npm run build 2>&1 && npm test 2>&1",
            ]
        )
        {
            WorkingDirectory = package,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        await using var stop = Token.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output);
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Join(to, file.Name), overwrite: true);
        }

        foreach (
            var inner in from.EnumerateDirectories()
                .Where(d => !Made.Contains(d.Name))
                .Where(d => !Made.Contains(Path.Join(from.Name, d.Name)))
        )
        {
            Copy(inner, Path.Join(to, inner.Name));
        }
    }
}
