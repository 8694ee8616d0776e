using System.Diagnostics;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>How a process ended, and what it wrote.</summary>
public sealed record EndedProcess(int Status, string Output, string Error)
{
    /// <summary>Fails unless the exit status is this one; returns itself.</summary>
    public EndedProcess Is(int status)
    {
        Status.Should().Be(status, $"{Output}\n{Error}");
        Error.Should().NotContain("   at ", "nobody is shown a stack trace");
        return this;
    }

    /// <summary>Fails unless standard error is one line with this in it, and nothing is on standard output; returns itself.</summary>
    public EndedProcess Says(string text)
    {
        Output.Should().BeEmpty();
        Error.TrimEnd('\n').Should().Contain(text).And.NotContain("\n");
        return this;
    }

    /// <summary>What was printed with <c>--json</c>.</summary>
    public System.Text.Json.Nodes.JsonObject Json =>
        System.Text.Json.Nodes.JsonNode.Parse(Output)!.AsObject();
}

/// <summary>The control plane as a process of its own, to see how it starts and ends.</summary>
public static class ApiProcess
{
    /// <summary>The program's file.</summary>
    public static string Program => Path.Join(AppContext.BaseDirectory, "Buttonize.Api.dll");

    /// <summary>Runs one that is expected to end by itself.</summary>
    /// <returns>Its exit status, and what it wrote to standard error.</returns>
    public static async Task<(int Status, string Error)> RunAsync(
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var ended = await RunAsync("dotnet", [Program], environment, cancellationToken);
        return (ended.Status, ended.Error);
    }

    /// <summary>Runs a program that is expected to end by itself, without anything on its standard input.</summary>
    public static async Task<EndedProcess> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken,
        string input = ""
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new EndedProcess(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
