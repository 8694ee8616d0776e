import { ButtonizeError } from "buttonize-browser";
import { expect, test } from "vitest";
import { Refusal } from "../src/controlPlane";
import { sentenceOf } from "../src/sentences";
import { SignInEnded } from "../src/signIn";

const codes = [
  "app_suspended",
  "app_not_verified",
  "role_refused",
  "sts_region_disabled",
  "session_too_large",
  "member_suspended",
  "forbidden",
  "not_found",
  "rate_limited",
  "sts_unavailable",
  "sts_throttled",
  "storage_unavailable",
  "control_plane_credentials",
  "identity_provider_unavailable",
];

test.each(codes)(
  "%s has a title of its own, and the control plane's own words below it",
  (code) => {
    const sentence = sentenceOf(new ButtonizeError(code, "What to do.", { status: 409 }));

    expect(sentence.title).not.toBe(sentenceOf(new ButtonizeError("of_a_later_version", "")).title);
    expect(sentence.detail).toBe("What to do.");
    expect(sentence.code).toBe(code);
  },
);

test("a code of a later version is told by its detail", () => {
  expect(sentenceOf(new Refusal(409, "of_a_later_version", "Wait for Tuesday."))).toEqual({
    title: "The control plane refused",
    detail: "Wait for Tuesday.",
    code: "of_a_later_version",
    action: undefined,
  });
});

test.each([
  new SignInEnded(),
  new Refusal(401, "unauthenticated", "…"),
  new ButtonizeError("unauthenticated", "…", { status: 401 }),
  new ButtonizeError("no_access_token", "…", { cause: new SignInEnded() }),
])("whoever is signed out is offered to sign in: %s", (fault) => {
  expect(sentenceOf(fault).action).toBe("sign-in");
});

test("a sign-in that only could not be renewed is not over", () => {
  const fault = new ButtonizeError("no_access_token", "…", { cause: new TypeError("no network") });

  expect(sentenceOf(fault).action).toBe("again");
});

test.each([new Refusal(0, "network_error", "…"), new ButtonizeError("network_error", "…")])(
  "without the control plane nothing has run, and the page says so: %s",
  (fault) => {
    expect(sentenceOf(fault).detail).toContain("Nothing was run");
  },
);

test.each([
  new TypeError("Failed to fetch"),
  Object.assign(new SyntaxError("Unexpected token"), { $metadata: { httpStatusCode: 504 } }),
  Object.assign(new Error("…"), { name: "ServiceException", $metadata: { httpStatusCode: 500 } }),
  "something else",
])("of a call that Lambda did not answer, nobody knows whether it ran: %s", (fault) => {
  expect(sentenceOf(fault).detail).toContain("is not known");
});

test("what Lambda refused did not run", () => {
  const fault = Object.assign(new Error("…"), {
    name: "InvalidRequestContentException",
    $metadata: { httpStatusCode: 400 },
  });

  expect(sentenceOf(fault).title).toContain("did not run");
});

test("a policy against the person is not taken for a gap in the role's", () => {
  const fault = Object.assign(new Error("… with an explicit deny in an identity-based policy"), {
    name: "AccessDeniedException",
  });

  expect(sentenceOf(fault).title).toContain("forbids you");
});

test.each([
  "AccessDeniedException",
  "ResourceNotFoundException",
  "TooManyRequestsException",
  "ExpiredTokenException",
  "InvalidSignatureException",
])("%s is told without AWS's own message, which can quote the call", (name) => {
  const fault = Object.assign(new Error("quotes arn:aws:lambda and the payload"), { name });

  const sentence = sentenceOf(fault);

  expect(JSON.stringify(sentence)).not.toContain("quotes");
  expect(sentence.code).toBe(name);
});
