import { Stack } from "aws-cdk-lib";
import { IConstruct } from "constructs";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Format of API keys: `btnz_`, 30 random characters, then the check of these 30 in 6. */
const FORMAT = /^btnz_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;
const SECRET = "{{resolve:secretsmanager:";
const SECURE_PARAMETER = "{{resolve:ssm-secure:";

/** A part of a text in a template: what is known, or what CloudFormation puts in (`Ref`, `Fn::GetAtt`, …). */
export type Piece = string | object;

/** How an API key stands in the template. */
export type ApiKeyKind =
  | { readonly kind: "literal"; readonly isWellFormed: boolean }
  /** A reference to Secrets Manager; the pieces are the name or ARN of the secret. */
  | { readonly kind: "secret"; readonly secretId: readonly Piece[] }
  | { readonly kind: "secure-parameter" }
  | { readonly kind: "deploy-time" };

/**
 * Whether a text has the format of an API key, and its last 6 characters are the CRC-32 (IEEE) of the 30 before. It finds typos and keys
 * cut short, and says nothing about whether the key exists.
 */
export function isWellFormedApiKey(text: string): boolean {
  const [, random, check] = FORMAT.exec(text) ?? [];
  return random !== undefined && base62(crc32(random), 6) === check;
}

/** Reads how a key stands in the template of the construct's stack. */
export function readApiKey(scope: IConstruct, apiKey: string): ApiKeyKind {
  const pieces = piecesOf(Stack.of(scope).resolve(apiKey));
  const first = pieces[0];
  if (typeof first !== "string") {
    return { kind: "deploy-time" };
  }
  if (first.startsWith(SECRET)) {
    return { kind: "secret", secretId: secretIdOf(pieces) };
  }
  if (first.startsWith(SECURE_PARAMETER)) {
    return { kind: "secure-parameter" };
  }
  return pieces.length > 1 || first.startsWith("{{resolve:")
    ? { kind: "deploy-time" }
    : { kind: "literal", isWellFormed: isWellFormedApiKey(first) };
}

/** The pieces of what a text resolved to: `Fn::Join` without a separator is how aws-cdk-lib writes a text with tokens in it. */
export function piecesOf(resolved: unknown): readonly Piece[] {
  if (typeof resolved === "string") {
    return [resolved];
  }
  const join = (resolved as { "Fn::Join"?: [string, unknown] } | null)?.["Fn::Join"];
  if (Array.isArray(join) && join[0] === "" && Array.isArray(join[1])) {
    return join[1] as Piece[];
  }
  return typeof resolved === "object" && resolved !== null ? [resolved] : [];
}

/** What stands between the service and `:SecretString:` in the reference. */
function secretIdOf(pieces: readonly Piece[]): readonly Piece[] {
  const id: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    const text = index === 0 ? (piece as string).slice(SECRET.length) : piece;
    const end = typeof text === "string" ? text.search(/:SecretString:|}}$/) : -1;
    if (typeof text === "string" && end >= 0) {
      return [...id, text.slice(0, end)].filter((p) => p !== "");
    }
    id.push(text);
  }
  return id;
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, "ascii")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function base62(value: number, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 62)) {
    text = BASE62.charAt(rest % 62) + text;
  }
  return text;
}
