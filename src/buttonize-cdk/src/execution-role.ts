import { Duration } from "aws-cdk-lib";
import {
  AccountPrincipal,
  Condition,
  IPrincipal,
  PolicyStatement,
  PrincipalWithConditions,
  Role,
} from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

/** A role that is described only, because it is not made in this CDK app. */
export interface PlainExecutionRole {
  /** Its ARN. */
  readonly roleArn: string;
  /** The External ID in its trust policy. */
  readonly externalId: string;
}

/**
 * A role you bring: a CDK `Role`, whose trust policy is checked at synthesis and gets the policies it needs, or ARN and External ID of one
 * that is made elsewhere, of which you take care.
 */
export type ExecutionRole = Role | PlainExecutionRole;

/** Whom an execution role trusts. */
export interface TrustedControlPlane {
  readonly accountId: string;
  readonly roleArn: string | undefined;
}

/** Makes the role that the control plane assumes in the name of the person who presses a button. */
export function createExecutionRole(
  scope: Construct,
  controlPlane: TrustedControlPlane,
  externalId: string,
): Role {
  const role = new Role(scope, "ExecutionRole", {
    description:
      "Buttonize assumes this role in the name of the person who presses a button, for 15 minutes at a time",
    assumedBy: principal(controlPlane, { StringEquals: { "sts:ExternalId": externalId } }),
    // The least that IAM takes: who has the control plane's credentials and the External ID can have sessions of this length.
    maxSessionDuration: Duration.hours(1),
  });
  role.assumeRolePolicy?.addStatements(
    // In a statement of its own: the External ID is no condition key of these actions, so under its condition they are never allowed.
    new PolicyStatement({
      principals: [principal(controlPlane, {})],
      actions: ["sts:TagSession", "sts:SetSourceIdentity"],
    }),
  );
  return role;
}

function principal(
  { accountId, roleArn }: TrustedControlPlane,
  conditions: Record<string, Condition>,
): IPrincipal {
  const all =
    roleArn === undefined
      ? conditions
      : { ...conditions, ArnEquals: { "aws:PrincipalArn": roleArn } };
  const account = new AccountPrincipal(accountId);
  return Object.keys(all).length === 0 ? account : new PrincipalWithConditions(account, all);
}
