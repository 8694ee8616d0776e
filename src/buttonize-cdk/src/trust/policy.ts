/** How sure something is: what depends on values that nobody knows before deployment, or before the call, is `maybe`. */
export type Certainty = "yes" | "maybe" | "no";

/** A statement of a trust policy as it stands in the template: strings, or intrinsic functions of CloudFormation. */
export interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Condition?: unknown;
}

/** The control plane as a caller of STS. */
export interface Caller {
  /** Its account, as {@link textOf} gives it. */
  readonly account: string;
  /** The ARN of its role, as {@link textOf} gives it, where the settings name it. */
  readonly roleArn: string | undefined;
}

/** What the control plane asks STS for, with each of the three actions that are checked. */
export interface Request {
  readonly action: "sts:AssumeRole" | "sts:TagSession" | "sts:SetSourceIdentity";
  /** The External ID as {@link textOf} gives it; undefined for none. */
  readonly externalId: string | undefined;
  readonly caller: Caller;
}

/** All of them: the weakest. */
export function all(certainties: readonly Certainty[]): Certainty {
  return certainties.includes("no") ? "no" : certainties.includes("maybe") ? "maybe" : "yes";
}

/** One of them: the strongest. */
export function any(certainties: readonly Certainty[]): Certainty {
  return certainties.includes("yes") ? "yes" : certainties.includes("maybe") ? "maybe" : "no";
}

/** The opposite. */
export function not(certainty: Certainty): Certainty {
  return certainty === "yes" ? "no" : certainty === "no" ? "yes" : "maybe";
}

/** One value or a list of them, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A value as text. What only CloudFormation knows stands as `<…>`, the same for the same, and without a colon, which would be read as an ARN's. */
export function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return String(value);
  }
  const join = (value as Record<string, unknown>)["Fn::Join"];
  if (Array.isArray(join) && join[0] === "" && Array.isArray(join[1])) {
    return join[1].map(textOf).join("");
  }
  return `<${Buffer.from(JSON.stringify(value)).toString("base64url")}>`;
}

/** Whether a text has something in it that only CloudFormation knows. */
export function isOpaque(text: string): boolean {
  return text.includes("<");
}

/** Whether a text has IAM's wildcards in it. */
export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text);
}

/** Whether a pattern with IAM's wildcards matches the whole of a text. */
export function matchesPattern(pattern: string, text: string, ignoreCase = false): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, ignoreCase ? "is" : "s").test(text);
}

/** Whether a statement is about an action; names of actions ignore case. */
export function concernsAction(statement: Statement, action: string): Certainty {
  const names = (value: unknown): Certainty =>
    any(
      listOf(value)
        .map(textOf)
        .map((p) => (isOpaque(p) ? "maybe" : matchesPattern(p, action, true) ? "yes" : "no")),
    );
  return statement.NotAction === undefined
    ? names(statement.Action)
    : not(names(statement.NotAction));
}
