import { ACCOUNT, EXTERNAL_ID } from "./world";

export const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
export const EXTRA = {
  Effect: "Allow",
  Principal: { AWS: ROOT },
  Action: ["sts:TagSession", "sts:SetSourceIdentity"],
};

export type Json = Record<string, unknown>;

/** A statement that allows assuming the role. */
export const allow = (Condition?: Json, over: Json = {}): Json => ({
  Effect: "Allow",
  Principal: { AWS: ROOT },
  Action: "sts:AssumeRole",
  ...(Condition === undefined ? {} : { Condition }),
  ...over,
});
export const asks = (operator: string, value: unknown, key = "sts:ExternalId"): Json => ({
  [operator]: { [key]: value },
});
export const guarded = allow(asks("StringEquals", EXTERNAL_ID));

const WITHOUT = "without-external-id";
const WRONG = "wrong-external-id";
const BOTH = [WITHOUT, WRONG];

/** The control plane refuses these roles, and for the same checks. */
export const open: [string, Json[], string[]][] = [
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
export const closed: [string, Json[]][] = [
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
