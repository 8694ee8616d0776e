using System.Globalization;
using System.Text.RegularExpressions;
using Buttonize.Local.Processes;

namespace Buttonize.Local.DynamoDb;

/// <summary>The Java that DynamoDB Local runs on.</summary>
internal static partial class Java
{
    private const int OldestVersion = 17;
    private const string Mend =
        "DynamoDB Local needs a Docker engine or Java 17 or newer: start Docker, install a JDK, "
        + "or set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB Local that already runs.";

    /// <summary>The path of a Java that is new enough.</summary>
    /// <exception cref="StartFailedException">There is none.</exception>
    public static async Task<string> RequireAsync(CancellationToken cancellationToken)
    {
        var java =
            ProgramPath.Find("java") ?? throw new StartFailedException($"No java on PATH. {Mend}");
        var (status, lines) = await ChildProcess.RunAsync(
            new ProgramStart("java -version", java, ["-version"]),
            cancellationToken
        );
        var version = lines
            .Select(line => Version().Match(line))
            .FirstOrDefault(match => match.Success);
        if (status != 0 || version is null)
        {
            // macOS has a stub that only says where to get Java.
            throw new StartFailedException($"The java on PATH does not tell its version. {Mend}");
        }

        // Java 8 called itself 1.8.
        var major = int.Parse(version.Groups["major"].Value, CultureInfo.InvariantCulture);
        return major >= OldestVersion
            ? java
            : throw new StartFailedException(
                $"The java on PATH is too old ({version.Value}). {Mend}"
            );
    }

    [GeneratedRegex("""version "(?<major>\d+)[^"]*"?""")]
    private static partial Regex Version();
}
