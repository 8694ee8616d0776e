import { holds, isOfExternalId, Test, testsOf } from "./condition";
import {
  all,
  Caller,
  Certainty,
  concernsAction,
  hasWildcard,
  isOpaque,
  Request,
  Statement,
} from "./policy";
import { concernsCaller, namesRole } from "./principal";
import { TrustStatements } from "./statements";

/** Stands for an External ID that nobody registered, of the form that the control plane tries roles with. */
const WRONG = "q7Tz0mVh3KcYx9RbLw2NsE5uGdJ8fPaXo4iB6QyMtWe";
const EXTRA = ["sts:TagSession", "sts:SetSourceIdentity"] as const;
const POSITIVE = /^(ForAllValues:|ForAnyValue:)?String(Equals|EqualsIgnoreCase|Like)(IfExists)?$/;
const NEGATIVE = /^String(NotEquals|NotEqualsIgnoreCase|NotLike)(IfExists)?$/;

/** What a trust policy comes to. */
export interface Findings {
  /** Each begins with the name of the control plane's check that would fail. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Where the External ID of a role stands in its trust policy. */
export interface ExternalIdPlace {
  readonly statement: number;
  readonly operator: string;
  readonly key: string;
  readonly value: number;
}

/**
 * Reads a trust policy as AWS STS would for the control plane: with the External ID, without one, and with a wrong one. What only AWS
 * knows (who exactly calls, from where, under which tags) is taken to be as it must be for the role to work, and to be no protection.
 */
export class TrustLint {
  constructor(
    private readonly statements: readonly Statement[],
    private readonly caller: Caller,
    private readonly paste: TrustStatements,
  ) {}

  /** The External ID that the role is to be registered with: the first that its conditions name; undefined where there is none. */
  get externalId(): ExternalIdPlace | undefined {
    return this.places().find(({ text }) => !hasWildcard(text))?.place;
  }

  /** What would fail, and what is unwise. */
  findings(): Findings {
    const without = this.openStatement(undefined);
    const wrong = this.openStatement(WRONG);
    return {
      errors: [
        ...(without === undefined
          ? []
          : [this.open("without-external-id", "without one", without)]),
        ...(wrong === undefined ? [] : [this.open("wrong-external-id", "with a wrong one", wrong)]),
        ...this.assumeErrors(without !== undefined || wrong !== undefined),
      ],
      warnings: this.warnings(),
    };
  }

  /** The number, from 1, of a statement that lets the control plane assume the role with such an External ID. */
  private openStatement(externalId: string | undefined): number | undefined {
    const request: Request = { action: "sts:AssumeRole", externalId, caller: this.caller };
    if (this.isDenied(request)) {
      return undefined;
    }
    const index = this.statements.findIndex(
      (s) => isAllow(s) && concernsCaller(s, this.caller) === "yes" && applies(s, request) !== "no",
    );
    return index < 0 ? undefined : index + 1;
  }

  private allows(request: Request): boolean {
    return (
      !this.isDenied(request) &&
      this.statements.some((s) => isAllow(s) && applies(s, request) !== "no")
    );
  }

  private isDenied(request: Request): boolean {
    return this.statements.some((s) => s.Effect === "Deny" && applies(s, request) === "yes");
  }

  private open(check: string, how: string, statement: number): string {
    return (
      `${check}: by statement ${statement} of its trust policy the control plane's account can assume it ${how}, so it could be used for ` +
      "somebody else. Let every statement that allows sts:AssumeRole to that account ask for exactly the External ID, with StringEquals and " +
      `without wildcards or '…IfExists'; or give { roleArn, externalId }, if a condition that cannot be judged here protects it: ${this.paste.assumeRole}`
    );
  }

  private assumeErrors(isOpen: boolean): string[] {
    const stored = this.places().find(({ text }) => !hasWildcard(text))?.text;
    const request = (action: Request["action"]): Request => ({
      action,
      externalId: stored,
      caller: this.caller,
    });
    const missing = EXTRA.filter((action) => !this.allows(request(action)));
    const errors: string[] = [];
    if (!isOpen && (stored === undefined || !this.allows(request("sts:AssumeRole")))) {
      errors.push(
        "assume: its trust policy does not allow the control plane's account to assume it under an External ID. Add this statement: " +
          this.paste.assumeRole,
      );
    }
    if (missing.length > 0) {
      errors.push(
        `assume: its trust policy lacks ${missing.join(" and ")}. Add this statement, without the External ID condition, which does not ` +
          `exist for these actions: ${this.paste.allow(missing)}`,
      );
    }
    return errors;
  }

  private warnings(): string[] {
    const texts = new Set(this.places().map(({ text }) => text));
    const rolePrincipal = this.statements.some((s) => isAllow(s) && namesRole(s, this.caller));
    return [
      ...(texts.size > 1
        ? [
            "Its trust policy takes several External IDs, or a pattern. The first one is registered; take the others out once they are not needed.",
          ]
        : []),
      ...(rolePrincipal
        ? [
            "Its trust policy has a role of the control plane's account as principal, which IAM stores by its unique id: it stops working when that role is " +
              "made anew. Let it trust the account, and narrow it with a condition on aws:PrincipalArn (controlPlaneRoleArn in Buttonize.init).",
          ]
        : []),
    ];
  }

  /** All External IDs and patterns that the policy asks for, first those of what it allows, then those that a deny spares. */
  private places(): { readonly place: ExternalIdPlace; readonly text: string }[] {
    // An account that is known only at deployment may be another vendor's, whose External ID is no business of the control plane.
    const sure = this.placesWhere("yes");
    return sure.length > 0 ? sure : this.placesWhere("maybe");
  }

  private placesWhere(
    caller: Certainty,
  ): { readonly place: ExternalIdPlace; readonly text: string }[] {
    const of = (effect: string, operator: RegExp) =>
      this.statements.flatMap((statement, index) =>
        statement.Effect === effect && this.isAboutAssuming(statement, caller)
          ? (testsOf(statement.Condition) ?? [])
              .filter((test) => isOfExternalId(test) && operator.test(test.operator))
              .flatMap((test) => placesOf(test, index))
          : [],
      );
    return [...of("Allow", POSITIVE), ...of("Deny", NEGATIVE)];
  }

  private isAboutAssuming(statement: Statement, caller: Certainty): boolean {
    return (
      all([concernsCaller(statement, this.caller), isForAccount(statement, this.caller)]) ===
        caller && concernsAction(statement, "sts:AssumeRole") !== "no"
    );
  }
}

function placesOf({ operator, key, values }: Test, statement: number) {
  return values.map((text, value) => ({ place: { statement, operator, key, value }, text }));
}

/** A statement for everybody can be for one other account by its condition. */
function isForAccount(statement: Statement, caller: Caller): Certainty {
  const isForAnother = (testsOf(statement.Condition) ?? []).some(
    ({ key, operator, values }) =>
      key.toLowerCase() === "aws:principalaccount" &&
      operator === "StringEquals" &&
      !values.includes(caller.account),
  );
  return isForAnother ? "no" : "yes";
}

function isAllow(statement: Statement): boolean {
  return statement.Effect === "Allow";
}

function applies(statement: Statement, request: Request): Certainty {
  return all([
    concernsCaller(statement, request.caller),
    concernsAction(statement, request.action),
    holds(statement.Condition, request),
  ]);
}
