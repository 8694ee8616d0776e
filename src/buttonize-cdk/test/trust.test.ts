import { CfnParameter, Stack } from "aws-cdk-lib";
import {
  AccountPrincipal,
  AccountRootPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { describe, expect, it } from "vitest";
import { ButtonizeApp, Input, Action } from "../src";
import { ACCOUNT, errorsOf, EXTERNAL_ID, newFunction, newStack, only, warningsOf } from "./world";

const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const EXTRA = {
  Effect: "Allow",
  Principal: { AWS: ROOT },
  Action: ["sts:TagSession", "sts:SetSourceIdentity"],
};

type Json = Record<string, unknown>;

/** A statement that allows assuming the role. */
const allow = (Condition?: Json, over: Json = {}): Json => ({
  Effect: "Allow",
  Principal: { AWS: ROOT },
  Action: "sts:AssumeRole",
  ...(Condition === undefined ? {} : { Condition }),
  ...over,
});
const asks = (operator: string, value: unknown, key = "sts:ExternalId"): Json => ({
  [operator]: { [key]: value },
});
const guarded = allow(asks("StringEquals", EXTERNAL_ID));

/** A role of these statements and none else. */
function roleOf(stack: Stack, ...statements: Json[]): Role {
  const role = new Role(stack, "Mine", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
  statements.forEach((s) => role.assumeRolePolicy!.addStatements(PolicyStatement.fromJson(s)));
  return role;
}

/** The checks that would fail, of what synthesis validates. */
function checksOf(...statements: Json[]): string[] {
  const stack = newStack();
  const app = new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, ...statements) });
  const messages = app.node.validate().join("\n");
  return [...messages.matchAll(/: (assume|w[a-z]+-external-id): /g)].map(([, c]) => c!);
}

const WITHOUT = "without-external-id";
const WRONG = "wrong-external-id";
const BOTH = [WITHOUT, WRONG];

/** The control plane refuses these roles, and for the same checks. */
const open: [string, Json[], string[]][] = [
  ["no condition at all", [allow()], BOTH],
  ["an empty condition", [allow({})], BOTH],
  ["every account", [allow(undefined, { Principal: { AWS: "*" } })], BOTH],
  ["the account as a number", [allow(undefined, { Principal: { AWS: ACCOUNT } })], BOTH],
  [
    "everyone but somebody",
    [
      allow(undefined, {
        Principal: undefined,
        NotPrincipal: { AWS: "arn:aws:iam::999999999999:root" },
      }),
    ],
    BOTH,
  ],
  [
    "a role of the account",
    [allow(undefined, { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/r` } })],
    BOTH,
  ],
  [
    "one account of several",
    [allow(undefined, { Principal: { AWS: ["999999999999", ROOT] } })],
    BOTH,
  ],
  ["all of STS", [allow(undefined, { Action: "sts:*" })], BOTH],
  ["in another case", [allow(undefined, { Action: "STS:assumerole" })], BOTH],
  ["all but something", [allow(undefined, { Action: undefined, NotAction: "s3:*" })], BOTH],
  ["any External ID", [allow(asks("StringLike", "*"))], [WRONG]],
  ["any of some length", [allow(asks("StringLike", "????????????????????*"))], [WRONG]],
  ["the External ID or any", [allow(asks("StringLike", [EXTERNAL_ID, "*"]))], [WRONG]],
  ["any, by a set operator", [allow(asks("ForAnyValue:StringLike", [EXTERNAL_ID, "*"]))], [WRONG]],
  [
    "the External ID if there is one",
    [allow(asks("StringEqualsIfExists", EXTERNAL_ID))],
    [WITHOUT],
  ],
  ["any or none", [allow(asks("StringLikeIfExists", "*"))], BOTH],
  ["every one that there is", [allow(asks("ForAllValues:StringEquals", EXTERNAL_ID))], [WITHOUT]],
  ["a second statement without condition", [guarded, allow()], BOTH],
  [
    "a second statement for everyone",
    [guarded, allow(undefined, { Principal: { AWS: "*" } })],
    BOTH,
  ],
  ["a second one for every other", [guarded, allow(asks("StringNotEquals", EXTERNAL_ID))], BOTH],
  ["every External ID but one", [allow(asks("StringNotEquals", "another-one-0123456789"))], BOTH],
  ["also where there is none", [guarded, allow(asks("Null", "true"))], [WITHOUT]],
  ["wherever there is one", [allow(asks("Null", "false"))], [WRONG]],
  [
    "only the account",
    [allow(asks("StringEquals", ACCOUNT, "aws:PrincipalAccount"), { Principal: { AWS: "*" } })],
    BOTH,
  ],
  ["only the session name", [allow(asks("StringLike", "btnz__*", "sts:RoleSessionName"))], BOTH],
  ["only the source identity", [allow(asks("StringLike", "btnz__*", "sts:SourceIdentity"))], BOTH],
  [
    "only a tag",
    [allow(asks("StringEquals", "false", "aws:RequestTag/buttonize-local-development"))],
    BOTH,
  ],
  [
    "only the caller's ARN",
    [allow(asks("ArnLike", `arn:aws:iam::${ACCOUNT}:role/*`, "aws:PrincipalArn"))],
    BOTH,
  ],
];

/** The control plane takes these roles, except that it refuses a pattern as External ID. */
const closed: [string, Json[]][] = [
  ["as it should be", [guarded]],
  [
    "one of several External IDs",
    [allow(asks("StringEquals", [EXTERNAL_ID, "another-one-0123456789"]))],
  ],
  ["one of several, by a set operator", [allow(asks("ForAnyValue:StringEquals", [EXTERNAL_ID]))]],
  ["a statement for each", [guarded, allow(asks("StringEquals", "another-one-0123456789"))]],
  ["a pattern without wildcards", [allow(asks("StringLike", EXTERNAL_ID))]],
  ["a key in another case", [allow(asks("StringEquals", EXTERNAL_ID, "STS:externalid"))]],
  [
    "everyone under the External ID",
    [allow(asks("StringEquals", EXTERNAL_ID), { Principal: { AWS: "*" } })],
  ],
  [
    "everything else denied",
    [
      allow(),
      allow(asks("StringNotEquals", EXTERNAL_ID), { Effect: "Deny", Principal: { AWS: "*" } }),
    ],
  ],
  [
    "the caller's ARN as well",
    [
      allow({
        ...asks("StringEquals", EXTERNAL_ID),
        ...asks("ArnEquals", `arn:aws:iam::${ACCOUNT}:role/r`, "aws:PrincipalArn"),
      }),
    ],
  ],
  ["another account besides", [guarded, allow(undefined, { Principal: { AWS: "999999999999" } })]],
  [
    "another account's role besides, as a condition",
    [
      guarded,
      allow(asks("ArnEquals", "arn:aws:iam::999999999999:role/r", "aws:PrincipalArn"), {
        Principal: { AWS: "*" },
      }),
    ],
  ],
  [
    "a service besides",
    [guarded, allow(undefined, { Principal: { Service: "lambda.amazonaws.com" } })],
  ],
];

describe("a role that is open", () => {
  it.each(open)("%s", (_, statements, checks) => {
    expect(checksOf(...statements, EXTRA)).toEqual(checks);
  });

  it("is mended by what the error says to paste, which has no secret in it", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, allow(), EXTRA) });

    const message = errorsOf(stack);
    const pasted = JSON.parse(
      /(\{"Effect".*\})$/m.exec(message)![1]!.replace("the External ID of this app", EXTERNAL_ID),
    );

    expect(message).toContain("Execution role 'Shop/Mine'");
    expect(checksOf(pasted, EXTRA)).toEqual([]);
  });

  it("is found when it is opened after the app is made", () => {
    const stack = newStack();
    const app = new ButtonizeApp(stack, "App");
    (app.executionRole as Role).assumeRolePolicy!.addStatements(PolicyStatement.fromJson(allow()));

    expect(errorsOf(stack)).toMatch(/without-external-id: by statement 3/);
  });
});

describe("a role that asks for its External ID", () => {
  it.each(closed)("%s", (_, statements) => {
    expect(checksOf(...statements, EXTRA)).toEqual([]);
  });

  it("can trust its own account besides", () => {
    const stack = newStack();
    const role = roleOf(stack, guarded, EXTRA);
    role.assumeRolePolicy!.addStatements(
      new PolicyStatement({
        actions: ["sts:AssumeRole"],
        principals: [new AccountRootPrincipal()],
      }),
    );
    new ButtonizeApp(stack, "App", { executionRole: role });

    expect(JSON.stringify(stack.resolve(role.assumeRolePolicy))).toContain("AWS::AccountId");
    expect(errorsOf(stack)).toBe("");
  });

  it("is registered with it", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, guarded, EXTRA) });

    expect(only(stack, "Custom::ButtonizeApp")["ExecutionRoleExternalId"]).toBe(EXTERNAL_ID);
  });

  it("is registered with what only CloudFormation knows", () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, "Id", { noEcho: true });
    const role = new Role(stack, "Mine", {
      assumedBy: new AccountPrincipal(ACCOUNT),
      externalIds: [parameter.valueAsString],
    });
    role.assumeRolePolicy!.addStatements(PolicyStatement.fromJson(EXTRA));
    new ButtonizeApp(stack, "App", { executionRole: role });

    expect(errorsOf(stack)).toBe("");
    expect(only(stack, "Custom::ButtonizeApp")["ExecutionRoleExternalId"]).toEqual({ Ref: "Id" });
  });

  it("is warned of when it takes several, or trusts a role by its unique id", () => {
    const stack = newStack();
    const several = allow(asks("StringEquals", [EXTERNAL_ID, "another-one-0123456789"]), {
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/r` },
    });
    new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, several, EXTRA) });

    const warnings = warningsOf(stack).join("\n");
    expect(warnings).toContain("several External IDs");
    expect(warnings).toContain("unique id");
    expect(warnings).not.toContain(EXTERNAL_ID);
  });
});

describe("a role that refuses", () => {
  it.each<[string, Json[], RegExp]>([
    [
      "nobody of the control plane",
      [EXTRA],
      /does not allow the control plane's account to assume/,
    ],
    [
      "another account only",
      [allow(asks("StringEquals", EXTERNAL_ID), { Principal: { AWS: "999999999999" } }), EXTRA],
      /does not allow/,
    ],
    [
      "everything, by a deny",
      [guarded, EXTRA, allow(undefined, { Effect: "Deny", Principal: { AWS: "*" } })],
      /does not allow/,
    ],
    [
      "another tag",
      [
        allow({
          ...asks("StringEquals", EXTERNAL_ID),
          ...asks("StringEquals", "x", "aws:RequestTag/team"),
          StringEquals: { "sts:ExternalId": EXTERNAL_ID, "aws:RequestTag/team": "x" },
        }),
        EXTRA,
      ],
      /does not allow/,
    ],
    ["tags and source identity", [guarded], /lacks sts:TagSession and sts:SetSourceIdentity/],
    ["tags", [guarded, { ...EXTRA, Action: "sts:SetSourceIdentity" }], /lacks sts:TagSession\. /],
    [
      "source identity",
      [guarded, { ...EXTRA, Action: "sts:Tag*" }],
      /lacks sts:SetSourceIdentity\. /,
    ],
    [
      "them under the External ID",
      [
        allow(asks("StringEquals", EXTERNAL_ID), {
          Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }),
      ],
      /lacks sts:TagSession and sts:SetSourceIdentity.*without the External ID condition/,
    ],
  ])("%s", (_, statements, message) => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, ...statements) });

    expect(checksOf(...statements)).toEqual(["assume"]);
    expect(errorsOf(stack)).toMatch(message);
  });

  it("a pattern as External ID, for there is none to register", () => {
    expect(checksOf(allow(asks("StringLike", "prefix-*")), EXTRA)).toEqual(["assume"]);
  });

  it("an External ID that the control plane refuses", () => {
    const stack = newStack();
    const poor = allow(asks("StringEquals", "aaaaaaaaaaaaaaaaaaaaaaaa"));
    new ButtonizeApp(stack, "App", { executionRole: roleOf(stack, poor, EXTRA) });

    expect(errorsOf(stack)).toMatch(/at least 8 different ones/);
  });
});

/** Whatever else a role has, one open statement opens it, and statements for others never do. */
describe("order and number of statements", () => {
  const others = closed.slice(-4).flatMap(([, statements]) => statements.slice(1));
  it.each(open.filter(([, statements]) => statements.length === 1))("%s", (_, [bad], checks) => {
    for (let at = 0; at <= others.length; at++) {
      const all = [...others.slice(0, at), bad!, ...others.slice(at), EXTRA];
      expect(checksOf(...all)).toEqual(checks);
    }
  });
});

describe("a role that is not of this CDK app", () => {
  it("is taken as ARN and External ID, which are checked", () => {
    const stack = newStack();
    const executionRole = { roleArn: "arn:aws:iam::123456789012:role/r", externalId: EXTERNAL_ID };
    new ButtonizeApp(stack, "App", { executionRole, functions: [newFunction(stack)] });

    expect(errorsOf(stack)).toBe("");
    expect(only(stack, "Custom::ButtonizeApp")).toMatchObject({
      ExecutionRoleArn: executionRole.roleArn,
      ExecutionRoleExternalId: EXTERNAL_ID,
    });
  });

  it.each([
    [
      "a wildcard",
      "arn:aws:iam::123456789012:role/*",
      EXTERNAL_ID,
      /one IAM role without wildcards/,
    ],
    ["a user", "arn:aws:iam::123456789012:user/u", EXTERNAL_ID, /one IAM role/],
    [
      "the control plane's",
      `arn:aws:iam::${ACCOUNT}:role/r`,
      EXTERNAL_ID,
      /control plane's own account/,
    ],
    ["a short External ID", "arn:aws:iam::123456789012:role/r", "short", /20 to 1,224 characters/],
  ])("is refused for %s", (_, roleArn, externalId, message) => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { executionRole: { roleArn, externalId } });

    expect(errorsOf(stack)).toMatch(message);
  });

  it("cannot be an imported role", () => {
    const stack = newStack();
    const imported = Role.fromRoleArn(stack, "Mine", "arn:aws:iam::123456789012:role/r");
    new ButtonizeApp(stack, "App", { executionRole: imported as unknown as Role });

    expect(errorsOf(stack)).toMatch(/cannot be read.*Give \{ roleArn, externalId \}/);
  });

  it("is judged also where an action brings it", () => {
    const stack = newStack();
    const fn = newFunction(stack);
    const onClick = Action.aws.lambda.invoke(fn, {}, { executionRole: roleOf(stack, allow()) });
    new ButtonizeApp(stack, "App").page("Start", { body: [Input.button({ label: "x", onClick })] });

    expect(errorsOf(stack)).toMatch(/'Shop\/Mine': without-external-id/);
    expect(warningsOf(stack).join()).toContain("does not use until it serves pages");
  });
});
