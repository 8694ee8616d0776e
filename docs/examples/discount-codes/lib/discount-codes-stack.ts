import { Duration, SecretValue, Stack, StackProps } from "aws-cdk-lib";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Action, B, Buttonize, ButtonizeApp, Display, Input } from "buttonize-cdk";
import { Construct } from "constructs";
import { join } from "node:path";

/** Support generates a discount code for a customer, and redeems one. */
export class DiscountCodesStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // Address and account of the control plane are in cdk.json.
    Buttonize.init(this, {
      apiKey: SecretValue.secretsManager("buttonize/api-key"),
      tags: ["support"],
    });

    const generate = this.newFunction("Generate", "generate");
    const redeem = this.newFunction("Redeem", "redeem");

    new ButtonizeApp(this, "App", {
      name: "Discount codes",
      description: "Generate a discount code for a customer, and redeem one.",
      tags: ["discounts"],
      restrictSessionToFunctions: true,
    })
      .page("Generate", {
        title: "Generate a code",
        body: [
          Input.text({ id: "customer", label: "Customer", placeholder: "jane@example.com" }),
          Input.select({
            id: "discount",
            label: "Discount",
            options: [
              { label: "10 %", value: 10 },
              { label: "30 %", value: 30 },
            ],
          }),
          Input.button({
            label: "Generate",
            onClick: Action.aws.lambda.invoke(
              generate,
              { Payload: { customer: "{{customer}}", percent: "{{discount.value}}" } },
              { id: "generated" },
            ),
            onClickFinished: Action.buttonize.app.changePage("Redeem"),
          }),
        ],
      })
      .page("Redeem", {
        title: "Redeem a code",
        body: [
          Display.section({
            label: "The new code",
            body: [
              Display.grid([
                { size: 1, body: [Display.heading("{{Generate.generated.code}}", { level: 2 })] },
                { size: 3, body: [Display.json("{{Generate.generated}}")] },
              ]),
            ],
          }),
          Input.text({ id: "code", label: "Code", initialValue: "{{Generate.generated.code}}" }),
          Input.button({
            label: B.if(B.eq("{{redeemed.valid}}", "true"), "Redeemed", "Redeem"),
            onClick: Action.aws.lambda.invoke(
              redeem,
              { Payload: { code: "{{code}}" } },
              { id: "redeemed" },
            ),
          }),
          Input.button({
            label: "Another one",
            kind: "secondary",
            onClick: Action.buttonize.app.changePage("Generate"),
          }),
        ],
      });
  }

  private newFunction(id: string, folder: string): LambdaFunction {
    return new LambdaFunction(this, id, {
      runtime: Runtime.NODEJS_22_X,
      handler: "index.handler",
      code: Code.fromAsset(join(__dirname, "..", "functions", folder)),
      timeout: Duration.seconds(10),
    });
  }
}
