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
 * Reads a session from the body of a 200.
 *
 * `serverTime` was right at some moment between `asked` and now. It is taken to have been right at
 * `asked`: that makes the session look older than it is by at most a round trip, never younger, and
 * the round trip is bounded far below the five minutes that signatures tolerate.
 * @param text The body.
 * @param asked When the request began.
 */
export function readSession(text: string, asked: Moment): HeldSession {
  const answer = parse(text);
  const { serverTime, accountId, ...names } = strings(
    answer,
    "region",
    "accountId",
    "assumedRoleArn",
    "sourceIdentity",
    "serverTime",
  );
  const { expiration, ...keys } = strings(
    parse(answer.credentials),
    "accessKeyId",
    "secretAccessKey",
    "sessionToken",
    "expiration",
  );
  const began = Date.parse(serverTime);
  const lifetime = Date.parse(expiration) - began;
  // Also false where one of the two is no date.
  if (!(lifetime > 0)) {
    throw invalid(200);
  }

  const remainingMilliseconds = () => Math.max(0, lifetime - asked.elapsed());
  const corrected = new WeakSet<object>();
  return {
    view: { ...names, accountId, expiration: new Date(began + lifetime), remainingMilliseconds },
    moved: asked.moved,
    credentials: () => ({
      ...keys,
      accountId,
      expiration: new Date(Date.now() + remainingMilliseconds()),
    }),
    correct: (client) => {
      if (typeof client?.systemClockOffset === "number" && !corrected.has(client)) {
        corrected.add(client);
        client.systemClockOffset = began - asked.wall;
      }
    },
  };
}

/** Members that must be strings with something in them. */
function strings<K extends string>(from: Json, ...members: K[]): Record<K, string> {
  const read = {} as Record<K, string>;
  for (const member of members) {
    const value = from[member];
    if (typeof value !== "string" || !value) {
      throw invalid(200);
    }
    read[member] = value;
  }
  return read;
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
