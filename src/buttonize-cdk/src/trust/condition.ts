import {
  all,
  any,
  Certainty,
  hasWildcard,
  isOpaque,
  listOf,
  matchesPattern,
  not,
  Request,
  textOf,
} from "./policy";

/** The tags of the control plane's sessions; it sends no others. */
const TAGS = new Set([
  "buttonize-app-id",
  "buttonize-local-development",
  "buttonize-user-id",
  "buttonize-organization-id",
  "buttonize-user-name",
]);
const OPERATOR = /^(ForAllValues:|ForAnyValue:)?(.+?)(IfExists)?$/;
const COMPARISON = /^(String|Arn)(Not)?(Equals|EqualsIgnoreCase|Like)$/;

/** What a condition compares: a value, nothing (the key is not in the request), or what is not known beforehand. */
type Actual = { readonly value: string } | "absent" | "unknown";

/** One comparison of a condition. */
export interface Test {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The comparisons of a condition, all of which must hold; undefined where it cannot be read before deployment. */
export function testsOf(condition: unknown): readonly Test[] | undefined {
  if (condition === undefined) {
    return [];
  }
  const blocks = Object.entries(condition as object) as [string, unknown][];
  if (blocks.some(([name, block]) => name.startsWith("Fn::") || isIntrinsic(block))) {
    return undefined;
  }
  return blocks.flatMap(([operator, block]) =>
    Object.entries(block as object).map(([key, values]) => ({
      operator,
      key,
      values: listOf(values).map(textOf),
    })),
  );
}

/** Whether a condition holds for a request. */
export function holds(condition: unknown, request: Request): Certainty {
  const tests = testsOf(condition);
  return tests === undefined ? "maybe" : all(tests.map((test) => passes(test, request)));
}

/** Whether a comparison is of the External ID, whose name, as all names of keys, ignores case. */
export function isOfExternalId(test: Test): boolean {
  return test.key.toLowerCase() === "sts:externalid";
}

function isIntrinsic(block: unknown): boolean {
  return (
    typeof block !== "object" ||
    block === null ||
    Object.keys(block).some((key) => key === "Ref" || key.startsWith("Fn::"))
  );
}

function passes(test: Test, request: Request): Certainty {
  const [, qualifier, base = "", ifExists] = OPERATOR.exec(test.operator) ?? [];
  const actual = actualOf(test.key, request);
  if (base === "Null") {
    return isAbsent(test.values, actual);
  }
  const negated = /Not/.test(base);
  if (actual === "absent") {
    return ifExists !== undefined || qualifier === "ForAllValues:"
      ? "yes"
      : negated && qualifier === undefined
        ? "yes"
        : "no";
  }
  if (actual === "unknown" || !COMPARISON.test(base)) {
    return isOtherAccount(test, base, request) ? "no" : "maybe";
  }
  const match = any(test.values.map((expected) => compare(base, expected, actual.value)));
  return negated ? not(match) : match;
}

/** `Null` holds where the value says whether the key is absent. */
function isAbsent(values: readonly string[], actual: Actual): Certainty {
  if (actual === "unknown" || values.some(isOpaque)) {
    return "maybe";
  }
  return values.includes(String(actual === "absent")) ? "yes" : "no";
}

function compare(base: string, expected: string, actual: string): Certainty {
  if (expected === actual) {
    return "yes";
  }
  const isPattern = !/Equals/.test(base) || base.startsWith("Arn");
  if (isPattern && hasWildcard(expected)) {
    return /^\*+$/.test(expected) || (!isOpaque(expected) && matchesPattern(expected, actual))
      ? "yes"
      : isOpaque(expected + actual)
        ? "maybe"
        : "no";
  }
  // A policy variable, such as ${aws:PrincipalTag/customer}, which IAM replaces.
  if (expected.includes("${")) {
    return "maybe";
  }
  return base.endsWith("IgnoreCase") && expected.toLowerCase() === actual.toLowerCase()
    ? "yes"
    : "no";
}

/** A condition on the ARN of somebody in another account is not met by the control plane, whatever its role is. */
function isOtherAccount(test: Test, base: string, request: Request): boolean {
  return (
    test.key.toLowerCase() === "aws:principalarn" &&
    /^(String|Arn)(Equals|EqualsIgnoreCase|Like)$/.test(base) &&
    test.values.every((value) => {
      const account = value.split(":")[4] ?? "";
      return /^[0-9]{12}$/.test(account + "") && account !== request.caller.account;
    }) &&
    !isOpaque(request.caller.account)
  );
}

/** Condition keys differ by action (service authorization reference of AWS STS). */
function actualOf(key: string, { action, externalId, caller }: Request): Actual {
  const name = key.toLowerCase();
  const ofAssumeRole = action === "sts:AssumeRole";
  switch (name) {
    case "sts:externalid":
      return ofAssumeRole && externalId !== undefined ? { value: externalId } : "absent";
    case "sts:rolesessionname":
      return ofAssumeRole ? "unknown" : "absent";
    case "sts:sourceidentity":
      return action === "sts:TagSession" ? "absent" : "unknown";
    case "aws:principalaccount":
      return { value: caller.account };
    case "aws:principalarn":
      return caller.roleArn === undefined ? "unknown" : { value: caller.roleArn };
  }
  if (/^(aws:requesttag\/|aws:tagkeys$|sts:transitivetagkeys$)/.test(name)) {
    const tag = name.startsWith("aws:requesttag/") ? name.slice("aws:requesttag/".length) : "";
    return action === "sts:SetSourceIdentity" || (tag !== "" && !TAGS.has(tag))
      ? "absent"
      : "unknown";
  }
  return "unknown";
}
