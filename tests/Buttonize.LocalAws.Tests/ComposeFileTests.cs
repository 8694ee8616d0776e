using System.Text.RegularExpressions;

namespace Buttonize.LocalAws.Tests;

/// <summary>What docker-compose.yml says to do makes its control plane work, and go on working.</summary>
public sealed partial class ComposeFileTests
{
    [Fact]
    public async Task The_command_at_its_top_puts_the_caller_that_the_control_plane_signs_as()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var file = Read();
        var control = new Credentials(
            Setting(file, "AWS_ACCESS_KEY_ID"),
            Setting(file, "AWS_SECRET_ACCESS_KEY")
        );
        (await aws.WhoAmIAsync(control)).Ok.Should().BeFalse();

        var put = PutCommand().Match(file);
        put.Success.Should().BeTrue("the file says how to put the principal");
        put.Groups["address"].Value.Should().Be(Setting(file, "AWS_ENDPOINT_URL_STS"));
        await aws.PutAsync(put.Groups["path"].Value, put.Groups["body"].Value);

        var answer = await aws.WhoAmIAsync(control);
        answer.Xml("Account").Should().Be(Setting(file, "Buttonize__AccountId"));
        answer.Xml("Arn").Should().Be(LocalAws.CallerArn);
    }

    [Fact]
    public void The_encryption_key_outlives_the_container()
    {
        var file = Read();
        var keyFile = Setting(file, "Buttonize__Encryption__KeyFile");
        Setting(file, "target").Should().Be(keyFile);
        Convert.FromBase64String(Setting(file, "content")).Should().HaveCount(32);
    }

    private static string Setting(string file, string name) =>
        Regex
            .Match(
                file,
                $"^ *{name}: \"?(?<value>[^\"\n]+)\"?$",
                RegexOptions.Multiline,
                TimeSpan.FromSeconds(1)
            )
            .Groups["value"]
            .Value;

    private static string Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Join(folder!.FullName, "docker-compose.yml")))
        {
            folder = folder.Parent;
        }
        return File.ReadAllText(Path.Join(folder.FullName, "docker-compose.yml"));
    }

    [GeneratedRegex(
        @"curl -X PUT (?<address>http://[^/]+)/_local/(?<path>\S+) \\\n# +-d '(?<body>[^']+)'"
    )]
    private static partial Regex PutCommand();
}
