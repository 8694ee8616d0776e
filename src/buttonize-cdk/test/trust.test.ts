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

import { allow, asks, closed, EXTRA, guarded, Json, open } from "./trust-policies";

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
  it.each<[string, (stack: Stack) => Json]>([
    [
      "an account that is a parameter",
      (stack) =>
        allow(asks("StringEquals", "external-id-of-another-vendor"), {
          Principal: { AWS: new CfnParameter(stack, "Vendor").valueAsString },
        }),
    ],
    [
      "everybody of another account",
      () =>
        allow(
          {
            StringEquals: {
              "sts:ExternalId": "external-id-of-another-vendor",
              "aws:PrincipalAccount": "999999999999",
            },
          },
          { Principal: "*" },
        ),
    ],
  ])("registers its own and not that of %s", (_, other) => {
    const stack = newStack();
    const role = roleOf(stack, other(stack), guarded, EXTRA);
    new ButtonizeApp(stack, "App", { executionRole: role });

    expect(only(stack, "Custom::ButtonizeApp")["ExecutionRoleExternalId"]).toBe(EXTERNAL_ID);
  });

  it.each(closed)("%s", (_, statements) => {
    expect(checksOf(...statements, EXTRA)).toEqual([]);
  });

  it("can trust its own account besides, under any condition or none", () => {
    const stack = newStack();
    const own = (conditions: Json = {}) =>
      new PolicyStatement({
        actions: ["sts:AssumeRole"],
        principals: [new AccountRootPrincipal()],
        conditions,
      });
    const role = new Role(stack, "Mine", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
    const statements = [guarded, EXTRA].map((s) => PolicyStatement.fromJson(s));
    const other = own(asks("StringEquals", "of-somebody-else-0123456789"));
    role.assumeRolePolicy!.addStatements(other, own(), ...statements);
    new ButtonizeApp(stack, "App", { executionRole: role });

    expect(errorsOf(stack)).toBe("");
    expect(only(stack, "Custom::ButtonizeApp")["ExecutionRoleExternalId"]).toBe(EXTERNAL_ID);
  });

  it("can trust besides an account that is not known before deployment", () => {
    const stack = newStack();
    const role = roleOf(stack, guarded, EXTRA);
    const account = new AccountPrincipal(new CfnParameter(stack, "Account").valueAsString);
    role.assumeRolePolicy!.addStatements(
      new PolicyStatement({ actions: ["sts:AssumeRole"], principals: [account] }),
    );

    expect(new ButtonizeApp(stack, "App", { executionRole: role }).node.validate()).toEqual([]);
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
