import { CfnOutput, Token } from "aws-cdk-lib";
import { Effect, ManagedPolicy, PolicyStatement, type IRole } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { ExecutionRole } from "../execution-role.js";

/** What a {@link ButtonizeKillSwitch} is made of. */
export interface ButtonizeKillSwitchProps {
  /**
   * The roles that people can get sessions of: the execution roles of your apps, and every role that your own code chains to from
   * those: `app.executionRole` as it is. At least one. A role takes 10 managed policies unless its quota is raised.
   */
  readonly roles: readonly (IRole | ExecutionRole)[];
  /**
   * The Buttonize user ids of the people who are to be denied everything: 21 characters of `A-Za-z0-9_-` each, as in the list of
   * members, in `sourceIdentity` and in the tag `buttonize-user-id`. About 180 fit in a policy.
   *
   * @default nobody
   */
  readonly deniedUserIds?: readonly string[];
}

/** Of one policy, in characters without white space (IAM quotas). */
const LONGEST_POLICY = 6144;

/** STS takes no source identity that begins like this, so the pattern matches nobody; IAM takes no policy without a statement. */
const NOBODY = "aws:nobody";

/**
 * Ends what a person can do with AWS sessions that are out already: a managed policy on your roles that denies everything by
 * `aws:SourceIdentity`, to whoever is in `deniedUserIds`, under whatever name they had. Until it is used it denies nothing to anybody.
 *
 * Sessions cannot be recalled. Suspending a member at the control plane ends *new* sessions at once; those that are out end by
 * themselves within 15 minutes, and sessions that code has chained from them within an hour. This policy ends both in seconds, in the
 * roles it is attached to. There is no condition on time, for a chained session is issued later than the one it comes from.
 *
 * **In an emergency, without a deployment**, suspend the member, which answers with `denyPolicy`, the policy for that one person. Save
 * it as `deny.json` and make it the policy in force (the ARN is an output of the stack):
 *
 * ```
 * aws iam create-policy-version --policy-arn ARN --policy-document file://deny.json --set-as-default
 * ```
 *
 * It replaces what was in force, so with several people, their `Statement`s go into one file. It holds until `deniedUserIds` changes
 * and is deployed: CloudFormation does not look at what it did not make, and writes the policy anew only when its template changes. So
 * add the id to `deniedUserIds` as well before the next deployment, and take it out when the suspension is lifted. To undo it by hand:
 *
 * ```
 * aws iam list-policy-versions --policy-arn ARN
 * aws iam set-default-policy-version --policy-arn ARN --version-id v1
 * aws iam delete-policy-version --policy-arn ARN --version-id v2
 * ```
 *
 * A managed policy has five versions at most: delete those you have made, or the next one is refused.
 */
export class ButtonizeKillSwitch extends Construct {
  /** The policy that is attached to the roles. */
  readonly policy: ManagedPolicy;

  /** @throws Where there is no role, or an id is none, or there are more than a policy holds. */
  constructor(scope: Construct, id: string, props: ButtonizeKillSwitchProps) {
    super(scope, id);
    if (props.roles.length === 0) {
      throw new Error(
        `ButtonizeKillSwitch '${this.node.path}' has no roles, so it could deny nothing; give it the execution roles of the apps.`,
      );
    }
    const patterns = [...new Set(props.deniedUserIds)].map(patternOf);
    const statement = new PolicyStatement({
      effect: Effect.DENY,
      actions: ["*"],
      resources: ["*"],
      conditions: {
        StringLike: {
          "aws:SourceIdentity": patterns.length > 1 ? patterns : (patterns[0] ?? NOBODY),
        },
      },
    });
    refuseTooLong(statement);
    this.policy = new ManagedPolicy(this, "Policy", {
      description:
        "Denies everything to the sessions of people who are listed by their Buttonize user id",
      statements: [statement],
      roles: props.roles.map((role) => attachable(role, this.node.path)),
    });
    new CfnOutput(this, "PolicyArn", {
      description: "The policy to set a new default version of in an emergency",
      value: this.policy.managedPolicyArn,
    });
  }
}

/** A policy cannot be attached to an ARN: it takes a construct, and be it an imported one. */
function attachable(role: IRole | ExecutionRole, path: string): IRole {
  if (!("addManagedPolicy" in role)) {
    throw new Error(
      `ButtonizeKillSwitch '${path}' has the role '${role.roleArn}' by its ARN only. Give Role.fromRoleArn(this, "…", roleArn) of the same account instead.`,
    );
  }
  return role;
}

/** As the control plane writes it. The alphabet keeps IAM's wildcards and variables out. */
function patternOf(userId: string): string {
  if (Token.isUnresolved(userId) || !/^[A-Za-z0-9_-]{21}$/.test(userId)) {
    throw new Error(
      `'${userId}' in 'deniedUserIds' is no Buttonize user id: 21 characters of A-Za-z0-9_-, known at synthesis. Copy it from the list of members or from CloudTrail.`,
    );
  }
  return `btnz__${userId}__*`;
}

function refuseTooLong(statement: PolicyStatement): void {
  const policy = { Version: "2012-10-17", Statement: [statement.toStatementJson() as unknown] };
  const length = JSON.stringify(policy).length;
  if (length > LONGEST_POLICY) {
    throw new Error(
      `'deniedUserIds' makes a policy of ${length} characters, and IAM takes ${LONGEST_POLICY}; take out people whose sessions have ended, or use a second ButtonizeKillSwitch.`,
    );
  }
}
