using System.Text.Json.Nodes;
using Buttonize.Local.Commands;
using Buttonize.Local.Processes;
using Buttonize.Local.Stack;

namespace Buttonize.Local.Tour;

/// <summary>The customer's AWS account: what its own deployment puts there.</summary>
internal static class CustomerAccount
{
    public const string AccountId = "123456789012";
    public const string RoleArn = $"arn:aws:iam::{AccountId}:role/Demo-ExecutionRole";

    /// <summary>The function that the role allows.</summary>
    public const string Discounts = "discounts";

    /// <summary>A function that the role does not allow.</summary>
    public const string Payroll = "payroll";

    public static string FunctionArn(string name) =>
        $"arn:aws:lambda:{LocalEnvironment.Region}:{AccountId}:function:{name}";

    /// <summary>The role, which trusts the control plane's account and asks for the External ID.</summary>
    public static JsonObject Role(string externalId) =>
        Role(RoleArn, externalId, FunctionArn(Discounts));

    /// <summary>A role that trusts the control plane's account, asks for an External ID, and may invoke one function.</summary>
    public static JsonObject Role(string roleArn, string externalId, string functionArn) =>
        new()
        {
            ["roleArn"] = roleArn,
            ["trustPolicy"] = Policy(
                TrustStatement(
                    ["sts:AssumeRole"],
                    new JsonObject
                    {
                        ["StringEquals"] = new JsonObject { ["sts:ExternalId"] = externalId },
                    }
                ),
                // The External ID is a parameter of AssumeRole only, so these two cannot be under its condition.
                TrustStatement(["sts:TagSession", "sts:SetSourceIdentity"], condition: null)
            ),
            ["policies"] = new JsonArray(
                Policy(
                    new JsonObject
                    {
                        ["Effect"] = "Allow",
                        ["Action"] = "lambda:InvokeFunction",
                        ["Resource"] = functionArn,
                    }
                )
            ),
        };

    /// <summary>A function whose code is the launcher's own: a program that is there wherever this runs.</summary>
    public static JsonObject Function(string name) =>
        new()
        {
            ["functionArn"] = FunctionArn(name),
            ["command"] = new JsonArray(
                ProgramPath.DotnetHost(),
                typeof(CustomerAccount).Assembly.Location,
                DemoFunction.CommandName,
                name
            ),
        };

    private static JsonObject TrustStatement(string[] actions, JsonObject? condition)
    {
        var statement = new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject
            {
                ["AWS"] = $"arn:aws:iam::{LocalEnvironment.ControlPlaneAccountId}:root",
            },
            ["Action"] = new JsonArray([.. actions]),
        };
        if (condition is not null)
        {
            statement["Condition"] = condition;
        }

        return statement;
    }

    private static JsonObject Policy(params JsonNode[] statements) =>
        new() { ["Version"] = "2012-10-17", ["Statement"] = new JsonArray(statements) };
}
