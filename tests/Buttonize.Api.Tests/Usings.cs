global using AwesomeAssertions;
global using Buttonize.Api.Tests.Fixtures;
global using Xunit;

[assembly: CaptureConsole]
