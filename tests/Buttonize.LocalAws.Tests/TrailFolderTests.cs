using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;
using Microsoft.Extensions.Logging;

namespace Buttonize.LocalAws.Tests;

/// <summary>The trail on disk, as S3 would hold it.</summary>
public sealed partial class TrailFolderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("localaws-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Files_lie_where_a_bucket_would_have_them()
    {
        await using (var aws = await StartAsync())
        {
            await aws.AssumeAsync();
        }
        var files = Files()
            .ToDictionary(file => Path.GetRelativePath(folder.FullName, file).Replace('\\', '/'));
        foreach (var account in new[] { LocalAws.CustomerAccount, LocalAws.CallerAccount })
        {
            var name = files.Keys.Single(key => key.Contains(account, StringComparison.Ordinal));
            name.Should()
                .MatchRegex(
                    $@"\AAWSLogs/{account}/CloudTrail/eu-central-1/2026/01/01/{account}_CloudTrail_eu-central-1_20260101T1200Z_[A-Za-z0-9]{{16}}\.json\.gz\z"
                );
            var record = (await RecordsAsync(files[name])).Single();
            record.Text("recipientAccountId").Should().Be(account);
        }
    }

    [Fact]
    public async Task A_file_is_there_soon_and_without_an_end()
    {
        await using var aws = await StartAsync();
        await aws.WhoAmIAsync();
        var file = await FirstFileAsync();
        var inMemory = (await aws.TrailAsync()).Single();
        (await RecordsAsync(file)).Single().GetRawText().Should().Be(inMemory.GetRawText());
    }

    [Fact]
    public async Task Records_are_gathered_by_account_and_Region_and_none_is_lost_at_the_end()
    {
        string[] regions = ["eu-central-1", "us-east-1"];
        const int Calls = 60;
        string[] recorded;
        await using (var aws = await StartAsync())
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, Calls)
                    .Select(call =>
                        aws.AssumeAsync(change: r => r with { Region = regions[call % 2] })
                    )
            );
            recorded = [.. (await aws.TrailAsync()).Select(record => record.Text("eventID"))];
        }
        recorded.Should().HaveCount(2 * Calls);
        var files = Files();
        files.Should().HaveCountLessThan(Calls, "many records share a file");
        var written = new List<string>();
        foreach (var file in files)
        {
            var name = FileName().Match(Path.GetFileName(file));
            var records = await RecordsAsync(file);
            records
                .Select(record => (record.Text("recipientAccountId"), record.Text("awsRegion")))
                .Distinct()
                .Should()
                .Equal((name.Groups["account"].Value, name.Groups["region"].Value));
            written.AddRange(records.Select(record => record.Text("eventID")));
        }
        written.Should().BeEquivalentTo(recorded);
    }

    [Fact]
    public async Task A_disk_that_fails_changes_no_answer_and_is_told_once()
    {
        var blocked = Path.Combine(folder.FullName, "trail");
        var log = new WarningLog();
        await using (var target = new TrailFolder(blocked, TimeProvider.System, log))
        {
            // What should be a folder is a file: nothing can be written below it.
            await File.WriteAllTextAsync(blocked, "", Cancellation);
            await using var aws = await LocalAws.StartAsync();
            await aws.AssumeAsync();
            target.Add(Record("111111111111"));
            target.Add(Record("222222222222"));
            await target.StopAsync(Cancellation);
        }
        log.Warnings.Should().ContainSingle().Which.Should().Contain(blocked);
    }

    [Fact]
    public async Task Of_a_file_that_fails_halfway_nothing_is_left_and_the_next_is_written()
    {
        var log = new WarningLog();
        await using (var target = new TrailFolder(folder.FullName, TimeProvider.System, log))
        {
            var full = Record("111111111111");
            var source = full.Source with
            {
                RequestParameters = _ => throw new IOException("full"),
            };
            target.Add(full with { Source = source });
            target.Add(Record("222222222222"));
        }
        log.Warnings.Should().ContainSingle().Which.Should().EndWith("full");
        Path.GetFileName(Files().Single()).Should().MatchRegex(@"\A222222222222_.*\.json\.gz\z");
    }

    [Fact]
    public async Task A_folder_that_has_gone_changes_no_answer()
    {
        await using var aws = await StartAsync();
        folder.Delete(recursive: true);
        await File.WriteAllTextAsync(folder.FullName, "", Cancellation);
        try
        {
            (await aws.AssumeAsync()).Ok.Should().BeTrue();
            (await aws.TrailAsync()).Should().HaveCount(2);
        }
        finally
        {
            File.Delete(folder.FullName);
            folder.Create();
        }
    }

    private Task<LocalAws> StartAsync() =>
        LocalAws.StartAsync($"--LocalAws:TrailFolder={folder.FullName}");

    /// <summary>Whatever lies there, half files too.</summary>
    private string[] Files() =>
        Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories);

    private async Task<string> FirstFileAsync()
    {
        string? file = null;
        await Eventually.BecomesTrueAsync(() =>
        {
            file = Directory
                .EnumerateFiles(folder.FullName, "*.json.gz", SearchOption.AllDirectories)
                .FirstOrDefault();
            return file is not null;
        });
        return file!;
    }

    private static async Task<JsonElement[]> RecordsAsync(string file)
    {
        await using var zipped = File.OpenRead(file);
        await using var unzipped = new GZipStream(zipped, CompressionMode.Decompress);
        using var json = await JsonDocument.ParseAsync(unzipped, cancellationToken: Cancellation);
        json.RootElement.EnumerateObject().Should().ContainSingle();
        return [.. json.RootElement.GetProperty("Records").Clone().EnumerateArray()];
    }

    private static TrailRecord Record(string accountId)
    {
        var caller = new Caller(
            PrincipalArn.TryParse($"arn:aws:iam::{accountId}:root")!,
            accountId,
            LocalAws.Caller.AccessKeyId,
            new Permissions(null, null),
            Tags: new Dictionary<string, string>(),
            Issuer: null,
            Session: null
        );
        var call = new AwsCall(
            "1",
            DateTimeOffset.UnixEpoch,
            "us-east-1",
            caller,
            "::1",
            false,
            "",
            ""
        );
        return new TrailRecord(
            new TrailEvent(call, "sts", "Test", true, EventCategory.Management),
            accountId,
            SharedEventId: null
        );
    }

    [GeneratedRegex(
        @"\A(?<account>[0-9]{12})_CloudTrail_(?<region>[a-z0-9-]+)_[0-9]{8}T[0-9]{4}Z_[A-Za-z0-9]{16}\.json\.gz\z",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex FileName();

    private sealed class WarningLog : ILogger<TrailFolder>
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Warnings.Add(formatter(state, exception));
    }
}
