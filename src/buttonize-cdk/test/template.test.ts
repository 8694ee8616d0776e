import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role } from "aws-cdk-lib/aws-iam";
import { IFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import { Action, ButtonizeApp, ExternalIdSource, Input } from "../src";
import { ACCOUNT, EXTERNAL_ID, newFunction, newStack, only, URL } from "./world";

const KEY_REFERENCE = "{{resolve:secretsmanager:buttonize/api-key:SecretString:::}}";
const ROOT = {
  AWS: { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, `:iam::${ACCOUNT}:root`]] },
};

const button = (fn: IFunction, input = {}, props = {}) =>
  Input.button({ label: "Go", onClick: Action.aws.lambda.invoke(fn, input, props) });

function invokeStatements(stack: Stack) {
  return Object.values(Template.fromStack(stack).findResources("AWS::IAM::Policy"))
    .flatMap((policy) => policy["Properties"].PolicyDocument.Statement)
    .filter((statement) => statement.Action === "lambda:InvokeFunction");
}

describe("the execution role", () => {
  it("trusts the control plane's account under the External ID, and lets it tag and name sessions", () => {
    const stack = newStack({ externalId: EXTERNAL_ID });
    new ButtonizeApp(stack, "App");

    const role = Template.fromStack(stack).findResources("AWS::IAM::Role", {
      Properties: { MaxSessionDuration: 3600 },
    });

    expect(Object.values(role)[0]!["Properties"].AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: "Allow",
        Principal: ROOT,
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": EXTERNAL_ID } },
      },
      { Effect: "Allow", Principal: ROOT, Action: ["sts:TagSession", "sts:SetSourceIdentity"] },
    ]);
  });

  it("is narrowed to one role of the control plane in both statements", () => {
    const controlPlaneRoleArn = `arn:aws:iam::${ACCOUNT}:role/control-plane`;
    const stack = newStack({ externalId: EXTERNAL_ID, controlPlaneRoleArn });
    new ButtonizeApp(stack, "App");

    const ArnEquals = { "aws:PrincipalArn": controlPlaneRoleArn };
    Template.fromStack(stack).hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: ROOT,
            Condition: { StringEquals: { "sts:ExternalId": EXTERNAL_ID }, ArnEquals },
          }),
          Match.objectLike({ Principal: ROOT, Condition: { ArnEquals } }),
        ],
      },
    });
  });

  it("may invoke exactly the functions of each page's actions, by a policy of each page", () => {
    const stack = newStack();
    const [one, two, three] = ["One", "Two", "Three"].map((id) => newFunction(stack, id));
    new ButtonizeApp(stack, "App", { functions: [three!] })
      .page("First", { body: [button(one!), button(one!), button(two!)] })
      .page("Second", { initialState: { orders: Action.aws.lambda.invoke(two!) }, body: [] })
      .page("Third", { body: [Input.text({ id: "note" })] });

    const arn = (id: string) => ({ "Fn::GetAtt": [expect.stringContaining(id), "Arn"] });
    const allow = (Resource: unknown) => ({
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource,
    });
    expect(invokeStatements(stack)).toHaveLength(3);
    expect(invokeStatements(stack)).toEqual(
      expect.arrayContaining([
        allow([arn("One"), arn("Two")]),
        allow(arn("Two")),
        allow(arn("Three")),
      ]),
    );
    expect(only(stack, "Custom::ButtonizeApp")["FunctionArns"]).toEqual([
      arn("Three"),
      arn("One"),
      arn("Two"),
    ]);
  });

  it("may invoke a version or alias only, where that is what is named", () => {
    const stack = newStack();
    const fn = newFunction(stack);
    const alias = fn.addAlias("live") as unknown as IFunction;
    new ButtonizeApp(stack, "App").page("Start", {
      body: [button(alias), button(fn, { Qualifier: "blue" })],
    });

    expect(invokeStatements(stack)[0].Resource).toEqual([
      { Ref: expect.stringContaining("Aliaslive") },
      {
        "Fn::Join": [
          "",
          [{ "Fn::GetAtt": [expect.stringContaining("Discounts"), "Arn"] }, ":blue"],
        ],
      },
    ]);
  });

  it("has no permission beside the invocations", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App").page("Start", { body: [button(newFunction(stack))] });

    const template = Template.fromStack(stack).toJSON();
    const id = Object.keys(template.Resources).find((key) => key.startsWith("AppExecutionRole"))!;
    expect(Object.keys(template.Resources[id].Properties).sort()).toEqual([
      "AssumeRolePolicyDocument",
      "Description",
      "MaxSessionDuration",
    ]);
    const attached = Object.values<any>(template.Resources).filter((r) =>
      JSON.stringify(r.Properties?.Roles ?? "").includes(id),
    );
    expect(attached.map((r) => r.Properties.PolicyDocument.Statement.length)).toEqual([1]);
    expect(JSON.stringify(attached)).not.toContain("*");
  });
});

describe("the registration", () => {
  it("has exactly the properties that the handler knows", () => {
    const stack = newStack({ tags: ["shared", "support"], stage: "test" });
    new ButtonizeApp(stack, "App", {
      description: "Codes",
      tags: ["support", "codes", ""],
      functions: [newFunction(stack)],
      restrictSessionToFunctions: true,
    });

    const externalId = {
      "Fn::GetAtt": [expect.stringMatching(/^AppExternalId/), "SecretValue"],
    };
    expect(only(stack, "Custom::ButtonizeApp")).toEqual({
      ServiceToken: { "Fn::GetAtt": [expect.stringContaining("Handler"), "Arn"] },
      ServiceTimeout: "1500",
      ControlPlaneUrl: URL,
      ApiKey: KEY_REFERENCE,
      Name: "Shop App",
      Description: "Codes",
      Stage: "test",
      Tags: ["support", "codes", "shared"],
      ExecutionRoleArn: { "Fn::GetAtt": [expect.stringContaining("ExecutionRole"), "Arn"] },
      ExecutionRoleExternalId: externalId,
      Region: { Ref: "AWS::Region" },
      FunctionArns: [{ "Fn::GetAtt": [expect.stringContaining("Discounts"), "Arn"] }],
      RestrictSessionToFunctions: "true",
    });
    expect(only(stack, "Custom::ButtonizeExternalId")).toEqual({
      ServiceToken: expect.anything(),
      ServiceTimeout: "1500",
      ControlPlaneUrl: URL,
      ApiKey: KEY_REFERENCE,
    });
  });

  it("has empty lists where there is nothing, and the defaults", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App");

    expect(only(stack, "Custom::ButtonizeApp")).toMatchObject({
      Name: "Shop App",
      Description: "",
      Stage: "production",
      Tags: [],
      FunctionArns: [],
      RestrictSessionToFunctions: "false",
    });
  });

  it("is made after the role and its policies, and so deleted before them", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { functions: [newFunction(stack, "Other")] }).page("Start", {
      body: [button(newFunction(stack))],
    });

    const [registration] = Object.values(
      Template.fromStack(stack).findResources("Custom::ButtonizeApp"),
    );
    expect(registration!["DependsOn"]).toEqual([
      expect.stringContaining("ButtonizePagePolicyStart"),
      expect.stringContaining("ExecutionRole"),
      expect.stringContaining("Functions"),
    ]);
  });

  it("gives the app's id", () => {
    const stack = newStack();
    const app = new ButtonizeApp(stack, "App");

    expect(stack.resolve(app.appId)).toEqual({
      "Fn::GetAtt": [expect.stringContaining("Registration"), "AppId"],
    });
  });
});

describe("External IDs", () => {
  it("are of each app", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "One");
    new ButtonizeApp(stack, "Two");

    Template.fromStack(stack).resourceCountIs("Custom::ButtonizeExternalId", 2);
  });

  it("are generated in the account where asked for", () => {
    const stack = newStack({ externalIdSource: ExternalIdSource.GENERATED });
    new ButtonizeApp(stack, "App");

    expect(only(stack, "Custom::ButtonizeExternalIdGenerator")).toEqual({
      ServiceToken: expect.anything(),
    });
    Template.fromStack(stack).resourceCountIs("Custom::ButtonizeExternalId", 0);
  });

  it("are the constant where there is one", () => {
    const stack = newStack({ externalId: EXTERNAL_ID });
    new ButtonizeApp(stack, "App");

    Template.fromStack(stack).resourceCountIs("Custom::ButtonizeExternalId", 0);
    expect(only(stack, "Custom::ButtonizeApp")["ExecutionRoleExternalId"]).toBe(EXTERNAL_ID);
  });
});

describe("an action's own role", () => {
  it("may invoke the function, and the app's role may not", () => {
    const stack = newStack();
    const other = new ButtonizeApp(stack, "Other").executionRole as Role;
    const app = new ButtonizeApp(stack, "App");
    app.page("Start", { body: [button(newFunction(stack), {}, { executionRole: other })] });

    const [policy] = Object.values(
      Template.fromStack(stack).findResources("AWS::IAM::Policy", {
        Properties: { PolicyName: Match.stringLikeRegexp("ActionPolicy") },
      }),
    );
    expect(policy!["Properties"].Roles).toEqual([{ Ref: expect.stringContaining("Other") }]);
    expect(invokeStatements(stack)).toHaveLength(1);
  });
});
