import { ButtonizeError } from "buttonize-browser";
import { Refusal } from "./controlPlane";
import { SignInEnded } from "./signIn";

/** A failure as a person reads it. */
export interface Sentence {
  title: string;
  detail: string;
  /** The stable code behind it, for whoever is asked for help. */
  code: string | undefined;
  /** What the person can do about it right here. */
  action: "sign-in" | "again" | undefined;
}

/** Titles of the control plane's refusals; its own `detail` follows and says what to do. */
const refusals: Record<string, string> = {
  app_suspended: "This app is suspended",
  app_not_verified: "This app is not ready yet",
  role_refused: "AWS refused the app's role",
  sts_region_disabled: "The app's Region is switched off",
  session_too_large: "AWS cannot pack this session",
  member_suspended: "Your access is suspended",
  forbidden: "You may not do this",
  not_found: "This is not there any more, or you may not use it",
  rate_limited: "That was a little too often",
  sts_unavailable: "AWS is not answering just now",
  sts_throttled: "AWS is busy just now",
  storage_unavailable: "The control plane is busy just now",
  control_plane_credentials: "The control plane cannot speak with AWS",
  identity_provider_unavailable: "Your sign-in cannot be checked just now",
};

/** Lambda's own errors, by name. Only what the person or the app's owner can mend is told apart. */
const lambdaErrors: Record<string, [title: string, detail: string]> = {
  AccessDeniedException: [
    "The app's role may not run this function",
    "The role's policy has to allow lambda:InvokeFunction on exactly this function. Ask whoever deploys the app.",
  ],
  ResourceNotFoundException: [
    "AWS has no such function",
    "It was deleted or renamed since the app was deployed. Ask whoever deploys the app.",
  ],
  TooManyRequestsException: [
    "The function is busy",
    "It did not run. Wait a moment, then run it again.",
  ],
  RequestTooLargeException: ["The payload is too large", "Lambda takes 6 MB at most."],
  ExpiredTokenException: [
    "The session has ended",
    "It did not run. Run it again: that gets a new session.",
  ],
  InvalidSignatureException: [
    "AWS did not accept the call's time or signature",
    "It did not run. Set this computer's clock right, then run it again.",
  ],
};

const denied: [title: string, detail: string] = [
  "A policy forbids you to run this",
  "It did not run. A policy of the AWS account denies it in so many words; ask whoever looks after that account.",
];

/** Says what happened and what to do. Shows nothing of a payload, a token or credentials. */
export function sentenceOf(fault: unknown): Sentence {
  if (fault instanceof ButtonizeError && fault.code === "no_access_token") {
    return fault.cause instanceof SignInEnded
      ? sentenceOf(fault.cause)
      : {
          title: "Your sign-in cannot be renewed just now",
          detail: "Nothing was run. Check your connection, then try again.",
          code: fault.code,
          action: "again",
        };
  }

  if (fault instanceof SignInEnded || isUnauthenticated(fault)) {
    return {
      title: "Your sign-in has ended",
      detail: "Sign in again to go on; what you typed will still be here.",
      code: "unauthenticated",
      action: "sign-in",
    };
  }

  if (fault instanceof ButtonizeError || fault instanceof Refusal) {
    return fault.code === "network_error"
      ? {
          title: "The control plane cannot be reached",
          detail: "Nothing was run. Check your connection, then try again.",
          code: fault.code,
          action: "again",
        }
      : {
          title: refusals[fault.code] ?? "The control plane refused",
          detail: fault.detail,
          code: fault.code,
          action: undefined,
        };
  }

  return lambdaSentenceOf(fault);
}

function lambdaSentenceOf(fault: unknown): Sentence {
  const name = fault instanceof Error ? fault.name : "";
  const known = isExplicitDeny(fault) ? denied : lambdaErrors[name];
  if (known !== undefined) {
    return { title: known[0], detail: known[1], code: name, action: undefined };
  }

  const status = statusOf(fault);
  return status !== undefined && status >= 400 && status < 500
    ? {
        title: "AWS Lambda did not run the function",
        detail: `It refused the call: ${name}. Ask whoever deploys the app.`,
        code: name,
        action: undefined,
      }
    : {
        title:
          status === undefined
            ? "AWS Lambda cannot be reached, or did not answer"
            : "AWS Lambda did not answer as it should",
        detail:
          "Whether the function has run is not known: look at what it does before you run it again.",
        code: status === undefined ? undefined : `${status} ${name}`,
        action: undefined,
      };
}

/** The HTTP status with which Lambda answered; there is none where it did not. */
function statusOf(fault: unknown): number | undefined {
  const { $metadata: answer } = (fault ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return answer?.httpStatusCode;
}

/** A policy against somebody, such as the one that a suspension hands out, is no gap in the role's own. */
function isExplicitDeny(fault: unknown): boolean {
  return (
    fault instanceof Error &&
    fault.name === "AccessDeniedException" &&
    /explicit deny/i.test(fault.message)
  );
}

function isUnauthenticated(fault: unknown): boolean {
  return (
    (fault instanceof ButtonizeError || fault instanceof Refusal) &&
    fault.code === "unauthenticated"
  );
}
