import { App, SecretValue, Stack } from "aws-cdk-lib";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import {
  Buttonize,
  ButtonizeApp,
  ButtonizeAppProps,
  ButtonizeInitProps,
  ExternalIdSource,
} from "../src";
import {
  ACCOUNT,
  errorsOf,
  EXTERNAL_ID,
  newApiKey,
  newFunction,
  newStack,
  only,
  settings,
  URL,
  warningsOf,
} from "./world";

/** What an app with these settings and properties fails with. */
function problems(init: Partial<ButtonizeInitProps>, props: ButtonizeAppProps = {}): string[] {
  return new ButtonizeApp(newStack(init), "App", props).node.validate();
}

describe("settings", () => {
  it("come from the nearest init, then from the context", () => {
    const app = new App({
      context: {
        "@buttonize/controlPlaneUrl": URL,
        "@buttonize/controlPlaneAccountId": ACCOUNT,
        "@buttonize/stage": "context",
        "@buttonize/tags": ["context"],
        "@buttonize/externalId": EXTERNAL_ID,
        "@buttonize/apiKey": "{{resolve:secretsmanager:context:SecretString:::}}",
      },
    });
    Buttonize.init(app, { ...settings, stage: "app" });
    const outer = new Stack(app, "Outer");
    new ButtonizeApp(outer, "App");
    const inner = new Stack(app, "Inner");
    Buttonize.setStage(inner, "inner");
    Buttonize.setTags(inner, ["inner"]);
    new ButtonizeApp(inner, "App");

    expect(only(outer, "Custom::ButtonizeApp")).toMatchObject({
      ControlPlaneUrl: URL,
      ApiKey: "{{resolve:secretsmanager:buttonize/api-key:SecretString:::}}",
      Stage: "app",
      Tags: ["context"],
      ExecutionRoleExternalId: EXTERNAL_ID,
    });
    expect(only(inner, "Custom::ButtonizeApp")).toMatchObject({ Stage: "inner", Tags: ["inner"] });
  });

  it("of the context are enough", () => {
    const app = new App({
      context: {
        "@buttonize/apiKey": newApiKey(),
        "@buttonize/controlPlaneUrl": URL,
        "@buttonize/controlPlaneAccountId": ACCOUNT,
      },
    });
    const stack = new Stack(app, "Shop");
    new ButtonizeApp(stack, "App");

    expect(errorsOf(stack)).toBe("");
  });

  it("can be given after other constructs are made, and for one stack do not hold for another", () => {
    const app = new App();
    const one = new Stack(app, "One");
    newFunction(one);
    Buttonize.init(one, settings);
    new ButtonizeApp(one, "App");
    const two = new Stack(app, "Two");

    expect(new ButtonizeApp(two, "App").node.validate()).toHaveLength(3);
    expect(one.node.findAll().flatMap((c) => c.node.validate())).toEqual([]);
  });

  it("that are missing are named all at once, with what to add", () => {
    const stack = newStack(null);
    new ButtonizeApp(stack, "App", { name: "" });

    const message = errorsOf(stack);
    expect(message).toContain('Add apiKey: SecretValue.secretsManager("name of the secret") to');
    expect(message).toContain(
      'Add controlPlaneUrl: "https://buttonize.example.com" to Buttonize.init(...) before the app is made, ' +
        'or "@buttonize/controlPlaneUrl": "https://buttonize.example.com" to "context" in cdk.json.',
    );
    expect(message).toContain('"@buttonize/controlPlaneAccountId": "111122223333"');
    expect(message).toContain("'name' must have 1 to 100 characters");
  });

  it.each([
    ["https://buttonize.example.com/base/", undefined],
    ["http://localhost:5080", undefined],
    ["http://127.0.0.1:5080", undefined],
    ["http://[::1]:5080", undefined],
    ["http://buttonize.example.com", /must be https/],
    ["http://localhost.example.com", /must be https/],
    ["https://user:secret@buttonize.example.com", /user or password/],
    ["https://buttonize.example.com?x=1", /query or fragment/],
    ["https://buttonize.example.com#", /query or fragment/],
    ["ftp://buttonize.example.com", /not an https address/],
    ["buttonize.example.com", /not an https address/],
    ["", /not an https address/],
  ])("control plane URL %s", (controlPlaneUrl, problem) => {
    const found = problems({ controlPlaneUrl }).join();
    problem === undefined ? expect(found).toBe("") : expect(found).toMatch(problem);
    expect(found).not.toContain("secret@");
  });

  it.each(["1234", "1111-2222-3333", "arn:aws:iam::111122223333:root", "11112222333x"])(
    "account %s is none",
    (controlPlaneAccountId) => {
      expect(problems({ controlPlaneAccountId }).join()).toMatch(/12 digits/);
    },
  );

  it("the control plane's role must be one of its account", () => {
    const roleArn = (account: string, name = "r") => `arn:aws:iam::${account}:role/${name}`;
    expect(problems({ controlPlaneRoleArn: roleArn(ACCOUNT) })).toEqual([]);
    expect(problems({ controlPlaneRoleArn: roleArn("999999999999") })[0]).toMatch(/both must be/);
    expect(problems({ controlPlaneRoleArn: roleArn(ACCOUNT, "*") })[0]).toMatch(/wildcards/);
  });
});

describe("the API key", () => {
  it("is taken as a literal with a warning that says what to do, and does not show it", () => {
    const stack = newStack({ apiKey: newApiKey() });
    new ButtonizeApp(stack, "App");

    expect(errorsOf(stack)).toBe("");
    const warning = warningsOf(stack).join();
    expect(warning).toContain('SecretValue.secretsManager("name of the secret")');
    expect(warning).not.toContain("btnz_");
  });

  it("of a secret has no warning", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App");

    expect(warningsOf(stack)).toEqual([]);
  });

  it("with a typo in any place is an error that does not show it", () => {
    const key = newApiKey();
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === "x" ? "y" : "x";
      const typo = key.slice(0, at) + other + key.slice(at + 1);
      const found = problems({ apiKey: typo });
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/Copy the key once more/);
      expect(found[0]).not.toContain(typo.slice(0, 12));
    }
  });

  it.each(["", "btnz_", newApiKey().slice(0, -1), ` ${newApiKey()}`, `${newApiKey()}\n`])(
    "is not '%s'",
    (apiKey) => {
      expect(problems({ apiKey }).join()).toMatch(/is no API key/);
    },
  );

  it("has a known checksum, with a zero in front", () => {
    // CRC-32 of 30 zeros as zlib has it, and of a text whose check begins with 0.
    const keys = ["0".repeat(30), "z".repeat(30), "abcdefghijklmnopqrstuvwxyz0123"].map(newApiKey);
    expect(keys.flatMap((apiKey) => problems({ apiKey }))).toEqual([]);
  });

  it("cannot be a secure parameter, which custom resources do not get", () => {
    const apiKey = SecretValue.ssmSecure("key", "1");
    expect(problems({ apiKey }).join()).toMatch(/SecureString.*use SecretValue.secretsManager/);
  });

  it("can be another one for one app", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App", { apiKey: SecretValue.secretsManager("other") });

    expect(only(stack, "Custom::ButtonizeApp")["ApiKey"]).toContain(":other:");
  });
});

describe("limits", () => {
  const long = (length: number) => "😀".repeat(length);
  it.each<[string, ButtonizeAppProps, ButtonizeAppProps, RegExp]>([
    ["name", { name: long(100) }, { name: long(101) }, /'name' must have 1 to 100.*it has 101/],
    ["blank name", { name: "a b" }, { name: "  " }, /'name' must have/],
    ["control characters", { name: "a" }, { name: "a\u0007" }, /no control characters/],
    [
      "description",
      { description: `${long(990)}\n\ttext` },
      { description: long(1001) },
      /at most 1000/,
    ],
    ["stage", { stage: long(32) }, { stage: long(33) }, /'stage' must have 1 to 32/],
    ["empty stage", { stage: "x" }, { stage: "" }, /'stage' must have 1 to 32/],
    ["tag", { tags: [long(64)] }, { tags: [long(65)] }, /must have 1 to 64/],
    ["tags", { tags: numbers(50) }, { tags: numbers(51) }, /at most 50 tags/],
  ])("%s", (_, good, bad, message) => {
    expect(problems({}, good)).toEqual([]);
    expect(problems({}, bad).join()).toMatch(message);
  });

  it("tags of the context must be a list", () => {
    const stack = new Stack(new App({ context: { "@buttonize/tags": "support" } }), "Shop");
    Buttonize.init(stack, settings);

    expect(new ButtonizeApp(stack, "App").node.validate().join()).toMatch(/a list of texts/);
  });

  it.each([
    ["short-but-different", /20 to 1,224/],
    ["a".repeat(40), /8 different/],
    ["with a blank in it 1234567", /A-Za-z0-9/],
    [`${EXTERNAL_ID}*`, /A-Za-z0-9/],
    ["abcdefgh".repeat(154), /20 to 1,224/],
  ])("External ID %s", (externalId, message) => {
    const found = problems({ externalId }).join();
    expect(found).toMatch(message);
    expect(found).not.toContain(externalId);
  });

  it("an External ID is either given or generated", () => {
    const both = { externalId: EXTERNAL_ID, externalIdSource: ExternalIdSource.GENERATED };
    expect(problems(both).join()).toMatch(/exclude each other/);
  });

  it("functions: 100 at most, and none with a wildcard", () => {
    const imported = (count: number, suffix = "") => {
      const stack = newStack();
      const functions = numbers(count).map((n) =>
        LambdaFunction.fromFunctionArn(
          stack,
          `F${n}`,
          `arn:aws:lambda:eu-central-1:123456789012:function:f${n}${suffix}`,
        ),
      );
      return (restrictSessionToFunctions = false) =>
        new ButtonizeApp(stack, "App", { functions, restrictSessionToFunctions }).node
          .validate()
          .join();
    };

    expect(imported(100)()).toBe("");
    expect(imported(101)()).toMatch(/at most 100 functions; it has 101/);
    expect(imported(1, "*")()).toMatch(/has a wildcard/);
    expect(imported(20)(true)).toBe("");
    expect(imported(40)(true)).toMatch(/session policy of more than 2048/);
    expect(imported(0)(true)).toMatch(/needs functions to restrict/);
  });
});

describe("the session policy", () => {
  it("is too long with functions whose ARNs are not known yet, when it is so in any case", () => {
    const restricted = (count: number) => {
      const stack = newStack();
      const functions = numbers(count).map((n) => newFunction(stack, `F${n}`));
      const props = { functions, restrictSessionToFunctions: true };
      return new ButtonizeApp(stack, "App", props).node.validate().join();
    };

    expect(restricted(30)).toBe("");
    expect(restricted(40)).toMatch(/session policy of more than 2048/);
  });
});

describe("functions elsewhere", () => {
  it("are warned of: another Region, another account", () => {
    const stack = newStack({}, { env: { account: "123456789012", region: "eu-central-1" } });
    const foreign = LambdaFunction.fromFunctionArn(
      stack,
      "Foreign",
      "arn:aws:lambda:us-east-1:999999999999:function:f",
    );
    new ButtonizeApp(stack, "App", { functions: [foreign, newFunction(stack)] });

    const warnings = warningsOf(stack);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toMatch(/is in us-east-1.*stack of the function's Region/);
    expect(warnings.join()).toMatch(/account 999999999999.*AWS::Lambda::Permission/);
  });
});

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}
