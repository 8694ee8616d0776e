using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// Log files as a trail's bucket would hold them ("CloudTrail log file name format"), one record each; does nothing without
/// a folder.
/// </summary>
/// <param name="root">The value of <see cref="Key"/>, or null.</param>
internal sealed partial class TrailFolder(string? root, ILogger<TrailFolder> logger)
{
    public const string Key = "LocalAws:TrailFolder";

    private const string Alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int UniqueLength = 16;

    public void Write(string accountId, string region, DateTimeOffset time, string record)
    {
        if (string.IsNullOrEmpty(root))
        {
            return;
        }
        var utc = time.UtcDateTime;
        var day = utc.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);
        var stamp = utc.ToString("yyyyMMdd'T'HHmm'Z'", CultureInfo.InvariantCulture);
        var unique = RandomNumberGenerator.GetString(Alphabet, UniqueLength);
        var folder = Path.Combine(root, "AWSLogs", accountId, "CloudTrail", region, day);
        var file = Path.Combine(
            folder,
            $"{accountId}_CloudTrail_{region}_{stamp}_{unique}.json.gz"
        );
        try
        {
            Directory.CreateDirectory(folder);
            // Under another name until it is complete: whoever watches the folder never reads half a file.
            using (
                var zipped = new GZipStream(File.Create(file + ".part"), CompressionLevel.Fastest)
            )
            {
                zipped.Write(Encoding.UTF8.GetBytes(TrailJson.Envelope([record])));
            }
            File.Move(file + ".part", file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The call has been served; a full disk must not change its answer.
            LogNotWritten(logger, root, exception.Message);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A trail file could not be written below {Folder}: {Reason}"
    )]
    private static partial void LogNotWritten(ILogger logger, string folder, string reason);
}
