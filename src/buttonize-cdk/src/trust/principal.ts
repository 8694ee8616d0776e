import { any, Caller, Certainty, isOpaque, listOf, not, Statement, textOf } from "./policy";

/** The account that the stack itself is deployed to, which is never the control plane's. */
const OWN_ACCOUNT = textOf({ Ref: "AWS::AccountId" });
const ARN = /^arn:[^:]*:(?:iam|sts)::([^:]*):(.*)$/s;

/** Whether a statement is about the control plane. */
export function concernsCaller(statement: Statement, caller: Caller): Certainty {
  return statement.NotPrincipal === undefined
    ? isAmong(statement.Principal, caller)
    : not(isAmong(statement.NotPrincipal, caller));
}

/** Whether the statement names a single role of the control plane's account as its principal. */
export function namesRole(statement: Statement, caller: Caller): boolean {
  return awsPrincipals(statement.Principal).some((text) => {
    const [, account, resource] = ARN.exec(text) ?? [];
    return account === caller.account && resource?.startsWith("role/") === true;
  });
}

function isAmong(principal: unknown, caller: Caller): Certainty {
  return any(awsPrincipals(principal).map((text) => isCaller(text, caller)));
}

/** Services, federated and canonical users are not the control plane. */
function awsPrincipals(principal: unknown): readonly string[] {
  if (typeof principal === "string") {
    return [principal];
  }
  return listOf((principal as { AWS?: unknown } | undefined)?.AWS).map(textOf);
}

function isCaller(text: string, caller: Caller): Certainty {
  if (text === "*") {
    return "yes";
  }
  const [, account, resource] = ARN.exec(text) ?? [undefined, text, "root"];
  const same = isAccount(account ?? "", caller.account);
  if (resource === "root" || same !== "yes" || caller.roleArn === undefined) {
    return same;
  }
  return text === caller.roleArn ? "yes" : isOpaque(text + caller.roleArn) ? "maybe" : "no";
}

function isAccount(text: string, account: string): Certainty {
  if (text === account) {
    return "yes";
  }
  return isOpaque(text + account) && text !== OWN_ACCOUNT ? "maybe" : "no";
}
