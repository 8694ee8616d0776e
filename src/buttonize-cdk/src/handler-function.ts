import { Aws, CfnParameter, Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { join } from "node:path";
import { Piece } from "./api-key";

const ID = "ButtonizeHandler";

/** How long Lambda keeps an event for another try. */
const MAX_EVENT_AGE = Duration.minutes(5);

/** How long CloudFormation waits: for an event that Lambda began at the last moment, and one whole run of the function. */
export const SERVICE_TIMEOUT = Duration.minutes(25);

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

  /** What the function runs as. */
  readonly role: Role;

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
      // An event that Lambda still had hours later would put an old state in the place of a newer one.
      maxEventAge: MAX_EVENT_AGE,
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
    const resources = secretArns(Stack.of(this), id);
    const known = JSON.stringify(Stack.of(this).resolve(resources));
    if (!this.secrets.has(known)) {
      this.secrets.add(known);
      this.role.addToPolicy(
        new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources }),
      );
    }
  }
}

/**
 * The ARNs of a secret, of which Secrets Manager makes the last six characters. Whether an ARN has them cannot be seen ("-apikey"
 * has six, too), so both forms of it are named.
 */
function secretArns(stack: Stack, id: readonly Piece[]): string[] {
  const text = Fn.join("", id as string[]);
  const first = id[0];
  const isArn = typeof first === "string" ? first.startsWith("arn:") : !isParameter(stack, first);
  if (isArn) {
    return id.length === 1 && typeof first !== "string" ? [text] : [text, `${text}-??????`];
  }
  const prefix = `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:`;
  return [`${prefix}${text}-??????`];
}

/** Whether a piece is the value of a parameter, which can be a name. Other pieces are attributes of secrets: ARNs. */
function isParameter(stack: Stack, piece: Piece | undefined): boolean {
  const logicalId = (piece as { readonly Ref?: string } | undefined)?.Ref;
  return (
    logicalId !== undefined &&
    stack.node
      .findAll()
      .some((c) => c instanceof CfnParameter && stack.resolve(c.logicalId) === logicalId)
  );
}
