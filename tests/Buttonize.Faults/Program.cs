using System.CommandLine;
using Buttonize.Faults;

// Control planes that were asked to stop get some seconds to do so.
var invocation = new InvocationConfiguration
{
    ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
};
return await FaultCommand.Create().Parse(args).InvokeAsync(invocation);
