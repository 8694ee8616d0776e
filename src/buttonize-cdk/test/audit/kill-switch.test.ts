import { App, Lazy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal, type IRole } from "aws-cdk-lib/aws-iam";
import { beforeAll, describe, expect, it } from "vitest";
import { ButtonizeKillSwitch } from "../../src/audit/index.js";

const ADA = "-WYJ-Zz7_Qyho2yXshuzV";
const BOB = "__aaaaaaaaaaaaaaaaa__";

function synthesized(deniedUserIds?: string[], roles?: (stack: Stack) => IRole[]): Template {
  const stack = new Stack(new App(), "Demo");
  const own = new Role(stack, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  new ButtonizeKillSwitch(stack, "KillSwitch", {
    roles: roles?.(stack) ?? [own],
    ...(deniedUserIds && { deniedUserIds }),
  });
  return Template.fromStack(stack);
}

function policyOf(template: Template): unknown {
  const [policy] = Object.values(template.findResources("AWS::IAM::ManagedPolicy"));
  return (policy as { Properties: { PolicyDocument: unknown } }).Properties.PolicyDocument;
}

/** What the control plane answers the suspension of a member with. */
function denyPolicy(pattern: string | string[]): unknown {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { StringLike: { "aws:SourceIdentity": pattern } },
      },
    ],
  };
}

// The first synthesis loads the library, which takes seconds on a busy machine.
beforeAll(() => void synthesized(), 60_000);

describe("the kill switch", () => {
  it("is attached to the roles and matches no source identity that there can be, until it is used", () => {
    const template = synthesized();
    expect(policyOf(template)).toEqual(denyPolicy("aws:nobody"));
    template.hasResourceProperties("AWS::IAM::ManagedPolicy", {
      Roles: [{ Ref: Match.stringLikeRegexp("^Role") }],
    });
    template.hasOutput("*", { Value: { Ref: Match.stringLikeRegexp("^KillSwitchPolicy") } });
  });

  it("denies one person with exactly the policy that the control plane hands out", () => {
    expect(policyOf(synthesized([ADA]))).toEqual(denyPolicy(`btnz__${ADA}__*`));
  });

  it("denies several, each once", () => {
    expect(policyOf(synthesized([ADA, BOB, ADA]))).toEqual(
      denyPolicy([`btnz__${ADA}__*`, `btnz__${BOB}__*`]),
    );
  });

  it("is attached to roles of elsewhere too", () => {
    const arn = "arn:aws:iam::123456789012:role/path/Chained";
    synthesized([], (stack) => [Role.fromRoleArn(stack, "Chained", arn)]).hasResourceProperties(
      "AWS::IAM::ManagedPolicy",
      { Roles: ["Chained"] },
    );
  });

  it.each([
    "*".repeat(21),
    "?".repeat(21),
    `${ADA.slice(1)}*`,
    `${ADA}*`,
    ADA.slice(1),
    `${ADA}\n`,
    "${aws:PrincipalTag/x",
    "é".repeat(21),
    "",
    Lazy.string({ produce: () => ADA }),
  ])("takes no wildcard, variable or anything else for a user id: %j", (id) => {
    expect(() => synthesized([id])).toThrow("is no Buttonize user id");
  });

  it("refuses more people than a policy holds, and says what to do", () => {
    const people = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => String(i).padStart(21, "0"));
    const full = policyOf(synthesized(people(180)));
    expect(JSON.stringify(full).length).toBeLessThanOrEqual(6144);
    expect(() => synthesized(people(190))).toThrow("use a second ButtonizeKillSwitch");
  });

  it("refuses to be attached to nothing", () => {
    expect(() => synthesized([], () => [])).toThrow("has no roles");
  });
});
