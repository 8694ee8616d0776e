import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { beforeAll, expect, it } from "vitest";
import {
  Action,
  Buttonize,
  ButtonizeApp,
  ButtonizeAuditTrail,
  ButtonizeKillSwitch,
  Input,
} from "../../src/index.js";

let template: Template;

beforeAll(() => {
  const stack = new Stack(new App(), "Demo");
  Buttonize.init(stack, {
    apiKey: "{{resolve:secretsmanager:buttonize/api-key}}",
    controlPlaneUrl: "https://buttonize.example.com",
    controlPlaneAccountId: "111122223333",
  });
  const [first, second] = ["First", "Second"].map(
    (id) =>
      new LambdaFunction(stack, id, {
        runtime: Runtime.NODEJS_22_X,
        handler: "index.handler",
        code: Code.fromInline("exports.handler = async () => ({})"),
      }),
  );
  const app = new ButtonizeApp(stack, "App", { functions: [first!] });
  new ButtonizeAuditTrail(stack, "Trail", { app });
  new ButtonizeKillSwitch(stack, "KillSwitch", { roles: [app.executionRole] });
  app.page("Later", {
    body: [Input.button({ label: "Run", onClick: Action.aws.lambda.invoke(second!) })],
  });
  template = Template.fromStack(stack);
});

it("records what an app's pages name, also those that came after it, and what no page names", () => {
  const trail = Object.values(template.findResources("AWS::CloudTrail::Trail"))[0];
  const recorded = JSON.stringify(trail);

  for (const id of Object.keys(template.findResources("AWS::Lambda::Function"))) {
    expect(recorded.includes(id)).toBe(/^(First|Second)/.test(id));
  }
});

it("can be switched off for one person on the app's role", () => {
  template.hasResourceProperties("AWS::IAM::ManagedPolicy", {
    Roles: [
      {
        Ref: Object.keys(template.findResources("AWS::IAM::Role")).find((id) =>
          /^AppExecutionRole/.test(id),
        ),
      },
    ],
  });
});
