import { Key as KmsKey } from "aws-cdk-lib/aws-kms";
import { CfnParameter, NestedStack, SecretValue } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { describe, expect, it } from "vitest";
import { Buttonize, ButtonizeApp } from "../src";
import { newStack, only, settings } from "./world";

describe("the handler", () => {
  it("is one function for all apps of a stack, that may write its own log and read the key's secret", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "One");
    new ButtonizeApp(stack, "Two");

    const template = Template.fromStack(stack);
    expect(only(stack, "AWS::Lambda::Function")).toMatchObject({
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 900,
      MemorySize: 128,
      LoggingConfig: { LogGroup: { Ref: expect.stringContaining("Logs") } },
    });
    template.resourceCountIs("AWS::Logs::LogGroup", 1);
    const [role] = Object.values(
      template.findResources("AWS::IAM::Role", {
        Properties: { Policies: [{ PolicyName: "Logs" }] },
      }),
    );
    expect(role!["Properties"].ManagedPolicyArns).toBeUndefined();
    expect(role!["Properties"].Policies[0].PolicyDocument.Statement).toEqual([
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: { "Fn::GetAtt": [expect.stringContaining("Logs"), "Arn"] },
      },
    ]);
    const secret = only(stack, "AWS::IAM::Policy")["PolicyDocument"].Statement;
    expect(secret).toEqual([
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: {
          "Fn::Join": ["", expect.arrayContaining([":secret:buttonize/api-key-??????"])],
        },
      },
    ]);
  });

  it("may read a secret by its ARN, in the stack or elsewhere", () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf";
    const stack = newStack();
    const secret = new Secret(stack, "Key");
    new ButtonizeApp(stack, "One", { apiKey: secret.secretValueFromJson("key") });
    new ButtonizeApp(stack, "Two", { apiKey: SecretValue.secretsManager(arn) });
    new ButtonizeApp(stack, "Three", { apiKey: SecretValue.secretsManager(arn.slice(0, -7)) });

    const resources = only(stack, "AWS::IAM::Policy")["PolicyDocument"].Statement.map(
      (statement: { Resource: unknown }) => statement.Resource,
    );
    expect(resources).toEqual([
      { Ref: expect.stringContaining("Key") },
      // Whether the last six characters are Secrets Manager's cannot be seen.
      [arn, `${arn}-??????`],
      [arn.slice(0, -7), `${arn.slice(0, -7)}-??????`],
    ]);
  });

  it("may read a secret by a name that ends as an ARN does, or that is a parameter", () => {
    const stack = newStack(null);
    const name = new CfnParameter(stack, "SecretName");
    Buttonize.init(stack, { ...settings, apiKey: SecretValue.secretsManager("buttonize-apikey") });
    new ButtonizeApp(stack, "One");
    new ButtonizeApp(stack, "Two", { apiKey: SecretValue.secretsManager(name.valueAsString) });
    new ButtonizeApp(stack, "Three", {
      apiKey: Secret.fromSecretNameV2(stack, "Named", "other-apikey").secretValue,
    });

    const resources = JSON.stringify(only(stack, "AWS::IAM::Policy")["PolicyDocument"]);
    expect(resources).toContain(":secret:buttonize-apikey-??????");
    expect(resources).toContain(':secret:",{"Ref":"SecretName"},"-??????"');
    expect(resources).toContain(":secret:other-apikey-??????");
  });

  it("can be given a KMS key of one's own", () => {
    const stack = newStack();
    const app = new ButtonizeApp(stack, "App");
    new KmsKey(stack, "Kms").grantDecrypt(app.handlerRole);

    expect(JSON.stringify(only(stack, "AWS::IAM::Policy")["PolicyDocument"])).toContain(
      '"kms:Decrypt"',
    );
  });

  it("gets no event that is older than some minutes", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App");

    expect(only(stack, "AWS::Lambda::EventInvokeConfig")["MaximumEventAgeInSeconds"]).toBe(300);
  });

  it("may read no secret where the key is a parameter", () => {
    const stack = newStack(null);
    const parameter = new CfnParameter(stack, "Key", { noEcho: true });
    Buttonize.init(stack, { ...settings, apiKey: parameter.valueAsString });
    new ButtonizeApp(stack, "App");

    Template.fromStack(stack).resourceCountIs("AWS::IAM::Policy", 0);
    expect(only(stack, "Custom::ButtonizeApp")["ApiKey"]).toEqual({ Ref: "Key" });
  });

  it("is one of its own in a nested stack", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "Outer");
    const nested = new NestedStack(stack, "Nested");
    new ButtonizeApp(nested, "Inner", { name: "Inner" });

    for (const each of [stack, nested]) {
      Template.fromStack(each).resourceCountIs("AWS::Lambda::Function", 1);
      Template.fromStack(each).resourceCountIs("Custom::ButtonizeApp", 1);
    }
  });
});
