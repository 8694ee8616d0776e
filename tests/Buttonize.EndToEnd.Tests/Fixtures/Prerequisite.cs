namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>What a machine may lack.</summary>
public static class Prerequisite
{
    /// <summary>Skips the test, and says why; in CI everything has to be there, so it fails.</summary>
    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(reason);
        }

        Assert.Skip(reason);
    }
}
