import { Annotations, Stack, Token } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/** Allows a role to invoke exactly these functions, versions or aliases, and nothing else. */
export function grantInvoke(
  scope: Construct,
  id: string,
  role: Role,
  arns: readonly string[],
): Policy {
  return new Policy(scope, id, {
    roles: [role],
    statements: [
      new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [...new Set(arns)] }),
    ],
  });
}

/** Warns of functions that the app's role can be allowed to invoke, but that clients or AWS will not find or let it. */
export function warnOfForeignFunctions(scope: Construct, functions: readonly IFunction[]): void {
  const { region, account } = Stack.of(scope);
  for (const fn of functions) {
    if (areDifferent(fn.env.region, region)) {
      Annotations.of(scope).addWarningV2(
        "buttonize-cdk:function-region",
        `The function '${fn.node.path}' is in ${fn.env.region}, and the app is registered for ${region}: clients that use the app's Region will not find it. ` +
          "Make an app in a stack of the function's Region.",
      );
    }
    if (areDifferent(fn.env.account, account)) {
      Annotations.of(scope).addWarningV2(
        "buttonize-cdk:function-account",
        `The function '${fn.node.path}' is in the account ${fn.env.account}, and the app's role in ${account}: AWS lets the role invoke it only if the ` +
          "function's own policy allows it too. Add a permission for the role there (AWS::Lambda::Permission).",
      );
    }
  }
}

function areDifferent(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}
