namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>boto3 as Debian and Ubuntu package it (python3-boto3), with the Python that comes with it.</summary>
internal sealed class Boto3 : ScriptedClient
{
    private const string Python = "/usr/bin/python3";

    public override async Task<string?> MissingAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Python))
        {
            return $"There is no {Python}.";
        }
        var import = await ForeignProgram.RunAsync(
            Python,
            ["-c", "import boto3"],
            cancellationToken: cancellationToken
        );
        return import.ExitCode == 0 ? null : $"{Python} has no boto3 (package python3-boto3).";
    }

    protected override Task<(string Program, string[] Arguments)> PrepareAsync(
        CancellationToken cancellationToken
    ) => Task.FromResult((Python, (string[])["-B", Script("Python/client.py")]));
}
