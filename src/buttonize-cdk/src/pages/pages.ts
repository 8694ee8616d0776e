import { Annotations } from "aws-cdk-lib";
import { Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { checkWildcards } from "../app-definition";
import { ExecutionRole, TrustedControlPlane } from "../execution-role";
import { grantInvoke } from "../grants";
import { BroughtRole } from "../trust/brought-role";
import { AwsActionIntent } from "./action";
import { ButtonizeAppPageProps, PageContents, readPage } from "./page";

/** The pages of an app. */
export class AppPages {
  private readonly pages = new Map<string, PageContents>();
  private readonly problems: string[] = [];
  private readonly actionRoles = new Map<ExecutionRole, BroughtRole>();
  private readonly actionFunctions = new Set<string>();

  constructor(
    private readonly app: Construct,
    private readonly controlPlane: TrustedControlPlane,
  ) {}

  /**
   * Adds a page.
   *
   * @returns what the page invokes with the app's own role
   */
  add(id: string, props: ButtonizeAppPageProps): readonly AwsActionIntent[] {
    if (id.trim() === "") {
      this.problems.push("A page has an empty id; give it one, such as 'StartPage'.");
    } else if (this.pages.has(id)) {
      this.problems.push(`Two pages have the id '${id}'; give each its own.`);
    } else {
      Annotations.of(this.app).addWarningV2(
        "buttonize-cdk:pages",
        "The control plane does not serve pages yet: they are checked, and their functions granted to the role and registered, and no more.",
      );
      const contents = readPage(props);
      this.pages.set(id, contents);
      this.grantActionRoles(id, contents.invocations);
      return contents.invocations.filter(({ props: { executionRole } }) => !executionRole);
    }
    return [];
  }

  /** What is wrong with the pages. */
  check(): string[] {
    const ids = [...this.pages.keys()];
    return [
      ...this.problems,
      ...[...this.pages].flatMap(([id, { problems, targets }]) => [
        ...problems.map(({ where, what }) => `Page '${id}': ${where} ${what}.`),
        ...[...new Set(targets)]
          .filter((target) => !this.pages.has(target))
          .map((target) => unknownPage(id, target, ids)),
      ]),
      ...[...this.actionRoles.values()].flatMap((role) => role.check(this.app)),
      ...checkWildcards([...this.actionFunctions]),
    ];
  }

  private grantActionRoles(id: string, invocations: readonly AwsActionIntent[]): void {
    const byRole = new Map<ExecutionRole, string[]>();
    for (const { functionArn, props } of invocations) {
      if (props.executionRole !== undefined) {
        this.actionFunctions.add(functionArn);
        byRole.set(props.executionRole, [...(byRole.get(props.executionRole) ?? []), functionArn]);
      }
    }
    [...byRole].forEach(([role, arns], index) => {
      this.useActionRole(role);
      if (Role.isRole(role)) {
        grantInvoke(this.app, `ButtonizeActionPolicy${id}-${index}`, role, arns);
      }
    });
  }

  private useActionRole(role: ExecutionRole): void {
    if (!this.actionRoles.has(role)) {
      this.actionRoles.set(role, new BroughtRole(role, this.controlPlane));
      Annotations.of(this.app).addWarningV2(
        "buttonize-cdk:action-role",
        "An action has an execution role of its own, which the control plane does not use until it serves pages.",
      );
    }
  }
}

function unknownPage(id: string, target: string, ids: readonly string[]): string {
  return (
    `Page '${id}' changes to the page '${target}', which the app does not have (it has ${ids.map((i) => `'${i}'`).join(", ")}). ` +
    `Add .page('${target}', …), or mend the name.`
  );
}
