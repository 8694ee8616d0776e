using System.Diagnostics;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>The AWS CLI: a client that nobody here wrote. It sees nothing of this machine's own AWS configuration.</summary>
public sealed class AwsCli : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("buttonize-cli-").FullName;

    /// <summary>Where the CLI finds its files; deleted at the end.</summary>
    public string Folder => folder;

    /// <summary>Invokes a Lambda function at local AWS.</summary>
    /// <returns>Exit status, what the function answered, and what the CLI wrote on standard error.</returns>
    public async Task<(int Status, string Answer, string Error)> InvokeAsync(
        Uri localAws,
        string functionArn,
        string payload,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var (request, answer) = (
            Path.Join(folder, "request.json"),
            Path.Join(folder, $"{Guid.NewGuid():N}.json")
        );
        await File.WriteAllTextAsync(request, payload, cancellationToken);
        var start = new ProcessStartInfo(
            Find(),
            [
                "lambda",
                "invoke",
                "--function-name",
                functionArn,
                "--payload",
                $"fileb://{request}",
                "--endpoint-url",
                localAws.ToString().TrimEnd('/'),
                "--region",
                "eu-central-1",
                answer,
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsAws).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = folder;
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["AWS_PAGER"] = "";
        start.Environment["AWS_MAX_ATTEMPTS"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        await process.WaitForExitAsync(cancellationToken);
        await output;
        return (
            process.ExitCode,
            File.Exists(answer) ? await File.ReadAllTextAsync(answer, cancellationToken) : "",
            await error
        );
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static bool IsAws(string name) => name.StartsWith("AWS_", StringComparison.Ordinal);

    private static string Find()
    {
        // Debian's own comes first: another one on PATH may be of any version.
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Prepend("/usr/bin")
            .Select(directory => Path.Join(directory, "aws"))
            .FirstOrDefault(File.Exists);
        if (found is null && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip(
                "The AWS CLI is not on PATH; install it (Debian: apt-get install awscli) to run this test."
            );
        }

        return found
            ?? throw new InvalidOperationException("CI needs the AWS CLI: apt-get install awscli");
    }
}
