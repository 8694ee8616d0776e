namespace Buttonize.Api.Hosting;

/// <summary>
/// The process cannot start as it is configured. The message is one line that names the key, the value's problem and the mend, and
/// is all that the operator gets to see.
/// </summary>
internal sealed class ConfigurationException(string message, Exception? inner = null)
    : Exception(message, inner);
