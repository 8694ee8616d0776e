global using AwesomeAssertions;
global using Xunit;

[assembly: CaptureConsole]
