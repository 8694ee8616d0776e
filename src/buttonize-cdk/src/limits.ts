import { isKnown } from "./context";

/** Limits of the control plane's API for an app. Lengths are Unicode characters (code points). */
export const Limits = {
  name: 100,
  description: 1000,
  stage: 32,
  tags: 50,
  tag: 64,
  functions: 100,
  /** STS API reference, AssumeRole, Policy: characters of a session policy. */
  sessionPolicy: 2048,
} as const;

const EXTERNAL_ID = /^[A-Za-z0-9_+=,.@:/-]{20,1224}$/;
const ROLE_ARN =
  /^arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):role\/([!-~]{1,511}\/)?[A-Za-z0-9_+=,.@-]{1,64}$/;

/** What is wrong with a text that the API wants to have 1 to `most` characters; nothing if it is right or not known yet. */
export function checkText(what: string, text: string, most: number): string[] {
  if (!isKnown(text) || (text.trim() !== "" && [...text].length <= most && !/\p{Cc}/u.test(text))) {
    return [];
  }
  return [
    `${what} must have 1 to ${most} characters, not only blanks, and no control characters; it has ${[...text].length}.`,
  ];
}

/** What is wrong with a description. */
export function checkDescription(text: string): string[] {
  const hasControl = /\p{Cc}/u.test(text.replace(/[\n\r\t]/g, ""));
  if (!isKnown(text) || ([...text].length <= Limits.description && !hasControl)) {
    return [];
  }
  return [
    `'description' must have at most ${Limits.description} characters, and no control characters but line breaks; it has ${[...text].length}.`,
  ];
}

/** What is wrong with an app's tags. */
export function checkTags(tags: readonly string[]): string[] {
  const tooMany =
    tags.length > Limits.tags
      ? [
          `An app has at most ${Limits.tags} tags, those of Buttonize.init included; it has ${tags.length}.`,
        ]
      : [];
  return [...tooMany, ...tags.flatMap((tag) => checkText(`The tag '${tag}'`, tag, Limits.tag))];
}

/** What is wrong with an External ID. The message never has it in it. */
export function checkExternalId(externalId: string): string[] {
  if (!isKnown(externalId) || (EXTERNAL_ID.test(externalId) && new Set(externalId).size >= 8)) {
    return [];
  }
  return [
    "'externalId' must have 20 to 1,224 characters of A-Za-z0-9_+=,.@:/- with at least 8 different ones, so that nobody can guess it. " +
      "Leave it out, and the control plane makes one.",
  ];
}

/** What is wrong with the ARN of a role that the control plane is to assume. */
export function checkRoleArn(what: string, arn: string): string[] {
  if (!isKnown(arn) || (ROLE_ARN.test(arn) && !/[*?]/.test(arn))) {
    return [];
  }
  return [
    `${what} must be the ARN of one IAM role without wildcards, such as arn:aws:iam::123456789012:role/Name.`,
  ];
}

/** The account in the ARN of a role; nothing where it is not known yet or no such ARN. */
export function accountOfRole(arn: string): string | undefined {
  return ROLE_ARN.exec(arn)?.[2];
}
