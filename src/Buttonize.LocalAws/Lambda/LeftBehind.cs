using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// Processes that a command started and did not wait for. Lambda freezes them with their environment; here they are ended
/// with the invocation. They may have left the command's process tree, and even its session, but not its environment.
/// </summary>
internal static class LeftBehind
{
    private const string Processes = "/proc";

    /// <summary>On Linux; elsewhere there is no way to find them, and they stay.</summary>
    public static void End(string requestId)
    {
        if (!Directory.Exists(Processes))
        {
            return;
        }
        var mark = Encoding.UTF8.GetBytes($"{FunctionEnvironment.RequestIdVariable}={requestId}\0");
        // One that is found may have started another meanwhile.
        while (EndThoseWith(mark)) { }
    }

    private static bool EndThoseWith(byte[] mark)
    {
        var found = false;
        foreach (var folder in Directory.EnumerateDirectories(Processes))
        {
            if (
                int.TryParse(
                    Path.GetFileName(folder),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var id
                ) && IsMarked(folder, mark)
            )
            {
                found |= End(id);
            }
        }
        return found;
    }

    private static bool IsMarked(string folder, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone, or somebody else's.
            return false;
        }
    }

    private static bool End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            return true;
        }
        catch (Exception exception)
            when (exception is ArgumentException or InvalidOperationException)
        {
            // Gone.
            return false;
        }
    }
}
