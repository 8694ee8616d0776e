import { Aws, Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { join } from "node:path";
import { Piece } from "./api-key";

const ID = "ButtonizeHandler";

/** The function that answers the custom resources: one in each stack that has apps. */
export class HandlerFunction extends Construct {
  /** The one of the construct's stack; of the nested stack where it is in one. */
  static of(scope: Construct): HandlerFunction {
    const stack = Stack.of(scope);
    return (
      (stack.node.tryFindChild(ID) as HandlerFunction | undefined) ?? new HandlerFunction(stack)
    );
  }

  /** What custom resources name as their service token. */
  readonly serviceToken: string;

  private readonly role: Role;
  private readonly secrets = new Set<string>();

  private constructor(stack: Stack) {
    super(stack, ID);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        Logs: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              // Ends in ':*', which stands for the streams of this group.
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    const fn = new LambdaFunction(this, "Function", {
      description: "Registers the Buttonize apps of this stack",
      runtime: Runtime.NODEJS_22_X,
      // From lib/ as well as from src/.
      code: Code.fromAsset(join(__dirname, "..", "lib", "handler"), { exclude: ["*.d.ts"] }),
      handler: "index.handler",
      role: this.role,
      logGroup,
      memorySize: 128,
      // Lambda's most: the control plane takes up to 10 minutes for a verdict on a new role.
      timeout: Duration.minutes(15),
    });
    this.serviceToken = fn.functionArn;
  }

  /**
   * Lets the function read one secret. CloudFormation passes references to Secrets Manager on to custom resources as they are, without putting in the value, so the
   * function has to look it up.
   *
   * @param id name or ARN of the secret
   */
  allowSecret(id: readonly Piece[]): void {
    const arn = secretArn(id);
    const known = JSON.stringify(Stack.of(this).resolve(arn));
    if (!this.secrets.has(known)) {
      this.secrets.add(known);
      this.role.addToPolicy(
        new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [arn] }),
      );
    }
  }
}

/** The ARN of a secret, of which Secrets Manager makes the last six characters. */
function secretArn(id: readonly Piece[]): string {
  const text = Fn.join("", id as string[]);
  const first = id[0];
  const isArn = typeof first !== "string" || first.startsWith("arn:");
  const last = id[id.length - 1];
  if (isArn) {
    const isWhole = typeof last !== "string" || /-[A-Za-z0-9]{6}$/.test(last);
    return isWhole ? text : Fn.join("", [text, "-??????"]);
  }
  return Fn.join("", [
    "arn:",
    Aws.PARTITION,
    ":secretsmanager:",
    Aws.REGION,
    ":",
    Aws.ACCOUNT_ID,
    ":secret:",
    text,
    "-??????",
  ]);
}
