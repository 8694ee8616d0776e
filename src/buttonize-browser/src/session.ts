import type { Moment } from "./clock.js";
import { ButtonizeError } from "./error.js";
import type { ButtonizeCredentials, ButtonizeSession } from "./types.js";

/** A session at hand: what pages see of it, its credentials, and the clock error measured with it. */
export interface HeldSession {
  readonly view: ButtonizeSession;
  /** Whether the clocks this session is timed by can no longer be relied on. */
  moved(): boolean;
  /** The credentials, expiring by the browser's clock as it is now. */
  credentials(): ButtonizeCredentials;
  /** Corrects the clock of an AWS client, once: from then on the client corrects itself by AWS's answers. */
  correct(client: { systemClockOffset?: unknown } | undefined): void;
}

type Json = Record<string, unknown>;

/**
 * Reads a session from a 200.
 *
 * `serverTime` was right at some moment between `asked` and now. It is taken to have been right at
 * `asked`: that makes the session look older than it is by at most a round trip, never younger, and
 * the round trip is bounded far below the five minutes that signatures tolerate.
 * @param text The body.
 * @param status Its status.
 * @param asked When the request began.
 */
export function readSession(text: string, status: number, asked: Moment): HeldSession {
  const answer = parse(text);
  const credentials = parse(answer.credentials);
  const string = (from: Json, member: string): string => {
    const value = from[member];
    if (typeof value !== "string" || !value) {
      throw invalid(status);
    }
    return value;
  };
  const [accessKeyId, secretAccessKey, sessionToken] = [
    string(credentials, "accessKeyId"),
    string(credentials, "secretAccessKey"),
    string(credentials, "sessionToken"),
  ];
  const accountId = string(answer, "accountId");
  const expiration = Date.parse(string(credentials, "expiration"));
  const serverTime = Date.parse(string(answer, "serverTime"));
  const lifetime = expiration - serverTime;
  // Also false where one of the two is no date.
  if (!(lifetime > 0)) {
    throw invalid(status);
  }

  const remaining = () => Math.max(0, lifetime - asked.elapsed());
  const corrected = new WeakSet<object>();
  return {
    view: {
      region: string(answer, "region"),
      accountId,
      assumedRoleArn: string(answer, "assumedRoleArn"),
      sourceIdentity: string(answer, "sourceIdentity"),
      expiration: new Date(expiration),
      remainingMilliseconds: remaining,
    },
    moved: asked.moved,
    credentials: () => ({
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: new Date(Date.now() + remaining()),
      accountId,
    }),
    correct: (client) => {
      if (typeof client?.systemClockOffset === "number" && !corrected.has(client)) {
        corrected.add(client);
        client.systemClockOffset = serverTime - asked.wall;
      }
    },
  };
}

/** An object from JSON, or from a member of it; an empty one where it is none. */
export function parse(json: unknown): Json {
  try {
    const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
    return typeof value === "object" && value ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** The error for an answer that no control plane gives. */
export function invalid(status: number, retryAfter?: number): ButtonizeError {
  return new ButtonizeError(
    "invalid_answer",
    `The answer (HTTP ${status}) is not one of a Buttonize control plane. Check 'url', and what stands between it and the browser.`,
    { status, retryAfter },
  );
}
