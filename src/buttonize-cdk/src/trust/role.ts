import { Annotations, Lazy, Stack } from "aws-cdk-lib";
import { Role } from "aws-cdk-lib/aws-iam";
import { IConstruct } from "constructs";
import { isKnown } from "../context";
import { TrustedControlPlane } from "../execution-role";
import { checkExternalId } from "../limits";
import { TrustLint } from "./lint";
import { listOf, Statement, textOf } from "./policy";
import { TrustStatements } from "./statements";

/** Judges the trust policy of a role of this CDK app. Whatever is added to the policy before synthesis counts. */
export class RoleTrust {
  constructor(
    private readonly role: Role,
    private readonly controlPlane: TrustedControlPlane,
  ) {}

  /** The External ID in the role's condition, read at synthesis; empty where there is none, which {@link check} reports. */
  get externalId(): string {
    return Lazy.string({ produce: () => this.readExternalId() ?? "" });
  }

  /** What is wrong, with what to do. Warnings go to the construct. */
  check(scope: IConstruct): string[] {
    const { errors, warnings } = this.lint().findings();
    for (const warning of warnings) {
      Annotations.of(scope).addWarningV2(
        "buttonize-cdk:trust-policy",
        `Execution role '${this.role.node.path}': ${warning}`,
      );
    }
    const format = errors.length > 0 ? [] : checkExternalId(this.readExternalId() ?? "");
    return [...errors, ...format].map((e) => `Execution role '${this.role.node.path}': ${e}`);
  }

  private lint(): TrustLint {
    const stack = Stack.of(this.role);
    const { accountId, roleArn } = this.controlPlane;
    const resolved = (value: string) => textOf(stack.resolve(value));
    return new TrustLint(
      listOf(stack.resolve(this.document().Statement)) as Statement[],
      {
        account: resolved(accountId),
        roleArn: roleArn === undefined ? undefined : resolved(roleArn),
      },
      new TrustStatements(isKnown(accountId) ? accountId : undefined, stack.region),
    );
  }

  /** Unresolved, for the registration can be in another stack than the role. */
  private readExternalId(): string | undefined {
    const place = this.lint().externalId;
    if (place === undefined) {
      return undefined;
    }
    const statements = listOf(this.document().Statement) as Statement[];
    const conditions = statements[place.statement]?.Condition as
      Record<string, Record<string, unknown>> | undefined;
    return listOf(conditions?.[place.operator]?.[place.key])[place.value] as string | undefined;
  }

  private document(): { readonly Statement?: unknown } {
    return (this.role.assumeRolePolicy?.toJSON() ?? {}) as { readonly Statement?: unknown };
  }
}
