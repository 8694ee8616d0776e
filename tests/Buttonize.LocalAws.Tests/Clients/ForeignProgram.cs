using System.Diagnostics;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>Runs programs to their end, without the machine's own AWS configuration.</summary>
internal static class ForeignProgram
{
    public sealed record Run(int ExitCode, string Output, string Error);

    /// <summary>The full path of a program on PATH; null when it is not there.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <param name="credentials">Put into the environment, where no list of processes shows them; null: none.</param>
    /// <param name="folder">Where it runs; null: here.</param>
    public static async Task<Run> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string input = "",
        Credentials? credentials = null,
        string? folder = null,
        CancellationToken cancellationToken = default
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        SetEnvironment(start.Environment, credentials);
        using var process = Process.Start(start)!;
        await using var stop = cancellationToken.Register(() =>
            process.Kill(entireProcessTree: true)
        );
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return new Run(process.ExitCode, await output, (await error).Trim());
    }

    private static void SetEnvironment(
        IDictionary<string, string?> environment,
        Credentials? credentials
    )
    {
        // The machine's own AWS configuration must not matter, and must not be touched.
        foreach (var name in environment.Keys.Where(IsForAws).ToArray())
        {
            environment.Remove(name);
        }
        environment["AWS_CONFIG_FILE"] = "/dev/null";
        environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        environment["AWS_EC2_METADATA_DISABLED"] = "true";
        environment["AWS_DEFAULT_OUTPUT"] = "json";
        environment["AWS_PAGER"] = "";
        // The same for all clients: some retry in other ways when left alone.
        environment["AWS_RETRY_MODE"] = "standard";
        environment["AWS_MAX_ATTEMPTS"] = $"{ClientCases.MaxAttempts}";
        environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1,localhost";
        if (credentials is null)
        {
            return;
        }
        environment["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        environment["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        if (credentials.SessionToken is { } token)
        {
            environment["AWS_SESSION_TOKEN"] = token;
        }
    }

    private static bool IsForAws(string name) => name.StartsWith("AWS_", StringComparison.Ordinal);
}
