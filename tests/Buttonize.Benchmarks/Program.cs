using System.CommandLine;
using Buttonize.Benchmarks;

var root = new RootCommand("Measures parts of Buttonize on this machine. Run it with -c Release.")
{
    LocalAwsCommand.Create(),
    LedgerCommand.Create(),
    FloorServer.Create(),
};
return await root.Parse(args).InvokeAsync();
