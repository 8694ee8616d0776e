import { App, SecretValue, Stack, StackProps } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { crc32 } from "node:zlib";
import { Buttonize, ButtonizeInitProps } from "../src";

export const ACCOUNT = "111122223333";
export const URL = "https://buttonize.example.com";
export const EXTERNAL_ID = "an-External-ID-0123456789";
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export const settings: ButtonizeInitProps = {
  apiKey: SecretValue.secretsManager("buttonize/api-key"),
  controlPlaneUrl: URL,
  controlPlaneAccountId: ACCOUNT,
};

/** A stack with settings; null for none. */
export function newStack(init: Partial<ButtonizeInitProps> | null = {}, props: StackProps = {}) {
  const stack = new Stack(new App(), "Shop", props);
  if (init !== null) {
    Buttonize.init(stack, { ...settings, ...init });
  }
  return stack;
}

export function newFunction(scope: Construct, id = "Discounts"): LambdaFunction {
  return new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => ({});"),
  });
}

/** The properties of the only resource of a type. */
export function only(stack: Stack, type: string): Record<string, any> {
  const found = Object.values(Template.fromStack(stack).findResources(type));
  if (found.length !== 1) {
    throw new Error(`${found.length} resources of type ${type}`);
  }
  return found[0]!["Properties"] as Record<string, any>;
}

/** What synthesis fails with; empty if it does not. */
export function errorsOf(stack: Stack): string {
  try {
    stack.node.root.node.scopes.forEach((root) => (root as App).synth());
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Warnings of a stack, whether it is valid or not. */
export function warningsOf(stack: Stack): string[] {
  stack.node.findAll().forEach((construct) => construct.node.validate());
  return stack.node
    .findAll()
    .flatMap((construct) => construct.node.metadata)
    .filter(({ type }) => type === "aws:cdk:warning")
    .map(({ data }) => String(data));
}

/** A key as the control plane makes them, of the same 30 characters. */
export function newApiKey(random = "0123456789abcdefghijABCDEFGHIJ"): string {
  let rest = crc32(random);
  let check = "";
  for (let digit = 0; digit < 6; digit++) {
    check = BASE62.charAt(rest % 62) + check;
    rest = Math.floor(rest / 62);
  }
  return `btnz_${random}${check}`;
}
