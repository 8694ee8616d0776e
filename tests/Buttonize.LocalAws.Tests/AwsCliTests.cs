using System.Diagnostics;
using System.Text.Json;

namespace Buttonize.LocalAws.Tests;

/// <summary>A client that nobody here wrote: the AWS CLI, version 1 or 2, as it is installed.</summary>
public sealed class AwsCliTests
{
    [Fact]
    public async Task The_aws_cli_gets_a_session_and_invokes_with_it()
    {
        SkipWithoutCli();
        await using var aws = await LocalAws.StartWithSystemClockAsync();
        await aws.PutFunctionAsync("cat");
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            var assumed = await RunAsync(
                aws,
                LocalAws.Caller,
                $"sts assume-role --role-arn {LocalAws.RoleArn} --role-session-name cli --source-identity cli "
                    + $"--external-id {LocalAws.ExternalId} --duration-seconds 900 --tags Key=team,Value=blue "
                    + "--transitive-tag-keys team"
            );
            assumed.Error.Should().BeEmpty();
            var credentials = JsonDocument
                .Parse(assumed.Output)
                .RootElement.GetProperty("Credentials");
            var session = new Credentials(
                credentials.GetProperty("AccessKeyId").GetString()!,
                credentials.GetProperty("SecretAccessKey").GetString()!,
                credentials.GetProperty("SessionToken").GetString()
            );
            var payload = Path.Combine(folder.FullName, "in.json");
            var answer = Path.Combine(folder.FullName, "out.json");
            await File.WriteAllTextAsync(payload, """{"a":"ü"}""", Cancellation);
            var invoked = await RunAsync(
                aws,
                session,
                $"lambda invoke --function-name {LocalAws.FunctionArn} --payload fileb://{payload} {answer}"
            );
            invoked.Error.Should().BeEmpty();
            (await File.ReadAllTextAsync(answer, Cancellation)).Should().Be("""{"a":"ü"}""");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_aws_cli_understands_a_refusal()
    {
        SkipWithoutCli();
        await using var aws = await LocalAws.StartWithSystemClockAsync();
        var refused = await RunAsync(
            aws,
            LocalAws.Caller,
            $"sts assume-role --role-arn {LocalAws.RoleArn} --role-session-name cli"
        );
        refused
            .Error.Should()
            .Contain(
                $"An error occurred (AccessDenied) when calling the AssumeRole operation: User: {LocalAws.CallerArn} is not "
                    + $"authorized to perform: sts:AssumeRole on resource: {LocalAws.RoleArn}"
            );
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static void SkipWithoutCli()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "aws")));
        if (!found && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail("There is no aws on the PATH; in CI there has to be.");
        }
        Assert.SkipUnless(found, "There is no aws on the PATH, so no real client to try with.");
    }

    private static async Task<(string Output, string Error)> RunAsync(
        LocalAws aws,
        Credentials credentials,
        string arguments
    )
    {
        var start = new ProcessStartInfo("aws", $"--endpoint-url {aws.Address} {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The machine's own AWS configuration must not matter, and must not be touched.
        foreach (var name in start.Environment.Keys.Where(IsForAws).ToArray())
        {
            start.Environment.Remove(name);
        }
        start.Environment["AWS_CONFIG_FILE"] = "/dev/null";
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        start.Environment["AWS_DEFAULT_REGION"] = "eu-central-1";
        start.Environment["AWS_DEFAULT_OUTPUT"] = "json";
        start.Environment["AWS_PAGER"] = "";
        start.Environment["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        if (credentials.SessionToken is not null)
        {
            start.Environment["AWS_SESSION_TOKEN"] = credentials.SessionToken;
        }
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (await output, (await error).Trim());
    }

    private static bool IsForAws(string name) => name.StartsWith("AWS_", StringComparison.Ordinal);
}
