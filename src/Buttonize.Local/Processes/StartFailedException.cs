namespace Buttonize.Local.Processes;

/// <summary>
/// Something could not be started for a reason that the person at the keyboard can mend. The message is one line (output of
/// the failed program may follow it) and names the mend; it is shown as it is, without a stack trace.
/// </summary>
public sealed class StartFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and how to mend it.</param>
    public StartFailedException(string message)
        : base(message) { }

    /// <summary>Creates the exception with the fault behind it.</summary>
    /// <param name="message">What failed and how to mend it.</param>
    /// <param name="innerException">The fault behind it.</param>
    public StartFailedException(string message, Exception innerException)
        : base(message, innerException) { }
}
