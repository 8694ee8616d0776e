namespace Buttonize.Local.Tour;

/// <summary>A step of the tour did not go as it should. The message is one line for the person at the keyboard.</summary>
internal sealed class TourFailedException(string message) : Exception(message);
