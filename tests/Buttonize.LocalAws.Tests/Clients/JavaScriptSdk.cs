namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// The AWS SDK for JavaScript v3, of the versions that package-lock.json pins: the last ones that run on Node.js 18, which is
/// what the oldest systems package that these tests are for.
/// </summary>
internal sealed class JavaScriptSdk : ScriptedClient
{
    public override Task<string?> MissingAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            new[] { "node", "npm" }.FirstOrDefault(name => ForeignProgram.Find(name) is null)
                is { } missing
                ? $"There is no {missing} on the PATH."
                : null
        );

    protected override async Task<(string Program, string[] Arguments)> PrepareAsync(
        CancellationToken cancellationToken
    )
    {
        var packages = await NodePackages.EnsureAsync(
            "aws-sdk-javascript",
            Script("JavaScript"),
            cancellationToken
        );
        return ("node", [Script("JavaScript/client.mjs"), packages]);
    }
}
