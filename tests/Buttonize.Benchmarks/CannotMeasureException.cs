namespace Buttonize.Benchmarks;

/// <summary>Something is missing or refuses; the message is one line for whoever started the benchmark.</summary>
internal sealed class CannotMeasureException(string message) : Exception(message);
