using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Buttonize.Local.Tour;

namespace Buttonize.Local.Commands;

/// <summary>The code of the demo's Lambda functions: a JSON event on standard input, a JSON answer on standard output.</summary>
internal static class DemoFunction
{
    public const string CommandName = "function";

    private const string Unambiguous = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>Hidden: local AWS runs it, people do not.</summary>
    public static Command Create()
    {
        var name = new Argument<string>("name");
        name.AcceptOnlyFromAmong(CustomerAccount.Discounts, CustomerAccount.Payroll);
        var command = new Command(CommandName, "A Lambda function of the demo.") { name };
        command.Hidden = true;
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var input = await Console.In.ReadToEndAsync(cancellationToken);
                var answer = Run(result.GetValue(name)!, JsonNode.Parse(input));
                await Console.Out.WriteLineAsync(answer.ToJsonString());
                return 0;
            }
        );
        return command;
    }

    private static JsonObject Run(string name, JsonNode? input) =>
        name == CustomerAccount.Discounts
            ? new JsonObject { ["code"] = DiscountCode(input), ["percent"] = 15 }
            : new JsonObject { ["payroll"] = "nobody should see this" };

    private static string DiscountCode(JsonNode? input)
    {
        var campaign = (string?)(input as JsonObject)?["campaign"] ?? "demo";
        return $"{campaign.ToUpperInvariant()}-{RandomNumberGenerator.GetString(Unambiguous, 6)}";
    }
}
