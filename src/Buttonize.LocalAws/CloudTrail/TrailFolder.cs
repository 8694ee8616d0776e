using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// Log files as a trail's bucket would hold them ("CloudTrail log file name format"). AWS delivers about every five
/// minutes; here a record is written at once when nothing was written for a quarter of a second, and what comes sooner is
/// gathered, one file for each account and Region. What waits at the end is written before the program ends. Does nothing
/// without a folder.
/// </summary>
internal sealed partial class TrailFolder : IHostedService, IAsyncDisposable
{
    public const string Key = "LocalAws:TrailFolder";

    private const string Alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int UniqueLength = 16;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    private readonly string? root;
    private readonly TimeProvider time;
    private readonly ILogger<TrailFolder> logger;
    private readonly TaskCompletionSource ending = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Channel<TrailRecord> waiting = Channel.CreateUnbounded<TrailRecord>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Task writer;
    private bool failing;

    /// <param name="root">The value of <see cref="Key"/>, or null.</param>
    /// <param name="time">The clock for the files' names.</param>
    public TrailFolder(string? root, TimeProvider time, ILogger<TrailFolder> logger)
    {
        this.root = string.IsNullOrEmpty(root) ? null : root;
        this.time = time;
        this.logger = logger;
        writer = this.root is null ? Task.CompletedTask : Task.Run(WriteAllAsync);
    }

    public void Add(TrailRecord record)
    {
        if (root is not null)
        {
            waiting.Writer.TryWrite(record);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Comes when no call is served any more; returns when all is on disk.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        waiting.Writer.TryComplete();
        ending.TrySetResult();
        await writer;
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private async Task WriteAllAsync()
    {
        while (await waiting.Reader.WaitToReadAsync())
        {
            var batch = new List<TrailRecord>();
            while (batch.Count < Trail.MaxRecords && waiting.Reader.TryRead(out var record))
            {
                batch.Add(record);
            }
            foreach (var file in batch.GroupBy(r => (r.RecipientAccountId, r.Source.Call.Region)))
            {
                Write(file.Key.RecipientAccountId, file.Key.Region, file);
            }
            // The real clock's time, since it is a real disk that is spared.
            await ending
                .Task.WaitAsync(Gathering)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Write(string accountId, string region, IEnumerable<TrailRecord> records)
    {
        // A file is named after its delivery, not after its records ("CloudTrail log file name format").
        var now = time.GetUtcNow().UtcDateTime;
        var day = now.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);
        var stamp = now.ToString("yyyyMMdd'T'HHmm'Z'", CultureInfo.InvariantCulture);
        var unique = RandomNumberGenerator.GetString(Alphabet, UniqueLength);
        var folder = Path.Combine(root!, "AWSLogs", accountId, "CloudTrail", region, day);
        var file = Path.Combine(
            folder,
            $"{accountId}_CloudTrail_{region}_{stamp}_{unique}.json.gz"
        );
        try
        {
            Directory.CreateDirectory(folder);
            WriteWhole(file, records);
            failing = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The calls have been served; a full disk must not change their answers, nor fill the log.
            if (!failing)
            {
                LogNotWritten(logger, root!, exception.Message);
            }
            failing = true;
        }
    }

    /// <summary>Under another name until it is complete: whoever looks for <c>*.json.gz</c> never reads half a file.</summary>
    private static void WriteWhole(string file, IEnumerable<TrailRecord> records)
    {
        var part = file + ".part";
        try
        {
            using (var zipped = new GZipStream(File.Create(part), CompressionLevel.Fastest))
            {
                TrailJson.WriteFile(zipped, records);
            }
            File.Move(part, file);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Trail files cannot be written below {Folder}, and their records are only in memory: {Reason}"
    )]
    private static partial void LogNotWritten(ILogger logger, string folder, string reason);
}
