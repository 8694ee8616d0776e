namespace Buttonize.Local.Processes;

/// <summary>A lock between processes: a file that one of them has open.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Held by a process until it disposes of it or ends, however it ends.</summary>
    public static async Task<FileStream> TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(
                    path,
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                );
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(Retry, cancellationToken);
            }
        }
    }
}
