import { Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { ExecutionRole, PlainExecutionRole, TrustedControlPlane } from "../execution-role";
import { accountOfRole, checkExternalId, checkRoleArn } from "../limits";
import { RoleTrust } from "./role";

/** An execution role as the control plane needs it: ARN and External ID, and what is wrong with them. */
export class BroughtRole {
  private readonly trust: RoleTrust | undefined;

  constructor(
    private readonly role: ExecutionRole,
    private readonly controlPlane: TrustedControlPlane,
  ) {
    this.trust = Role.isRole(role) ? new RoleTrust(role, controlPlane) : undefined;
  }

  get roleArn(): string {
    return this.role.roleArn;
  }

  /** The External ID; empty where there is none, which {@link check} reports. */
  get externalId(): string {
    return this.trust?.externalId ?? (this.role as Partial<PlainExecutionRole>).externalId ?? "";
  }

  /** What is wrong; warnings go to the construct. */
  check(scope: Construct): string[] {
    if (this.trust !== undefined) {
      return this.trust.check(scope);
    }
    const { roleArn, externalId } = this.role as Partial<PlainExecutionRole>;
    if (typeof externalId !== "string" || typeof roleArn !== "string") {
      return [
        "'executionRole' is an imported role, whose trust policy cannot be read here, nor its External ID. Give { roleArn, externalId } instead.",
      ];
    }
    return [
      ...checkRoleArn("'executionRole.roleArn'", roleArn),
      ...(accountOfRole(roleArn) === this.controlPlane.accountId
        ? [
            "'executionRole.roleArn' is a role of the control plane's own account; give a role of yours.",
          ]
        : []),
      ...checkExternalId(externalId),
    ];
  }
}
