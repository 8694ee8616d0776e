using System.CommandLine;
using Buttonize.Local.Commands;

// The children get some seconds to stop, one after the other.
var invocation = new InvocationConfiguration
{
    ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
};
return await LaunchCommand.Create().Parse(args).InvokeAsync(invocation);
