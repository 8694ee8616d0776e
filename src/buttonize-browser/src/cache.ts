import type { ButtonizeError } from "./error.js";
import { requestSession, type Source } from "./request.js";
import type { HeldSession } from "./session.js";

/**
 * A session with less than this is renewed, behind the back of whoever asks, in milliseconds. It is
 * where the AWS SDK, too, begins to ask for new credentials.
 */
const RENEW_BELOW = 300_000;
/** With less than this, whoever asks waits for a new one, so that a call and its retries still fit. */
const WAIT_BELOW = 60_000;
/** The least time between two renewals behind somebody's back, in milliseconds. */
const QUIET = 30_000;

/**
 * Keeps one session, and renews it in time, by one request at a time.
 * @returns Gives the session, or a new one where that is asked for.
 */
export function keepSession(source: Source): (forceRefresh?: boolean) => Promise<HeldSession> {
  let current: HeldSession | undefined;
  let pending: Promise<HeldSession> | undefined;
  let quietUntil = 0;

  const renew = () =>
    (pending ??= requestSession(source)
      .then(
        (session) => {
          quietUntil = performance.now() + QUIET;
          return (current = session);
        },
        (error: ButtonizeError) => {
          quietUntil = performance.now() + Math.max(QUIET, (error.retryAfter ?? 0) * 1000);
          if (final(error)) {
            current = undefined;
          }
          throw error;
        },
      )
      .finally(() => (pending = undefined)));

  return async (forceRefresh) => {
    const held = forceRefresh ? undefined : current;
    const remaining = held?.view.remainingMilliseconds() ?? 0;
    if (held && remaining > WAIT_BELOW && !held.moved()) {
      if (remaining <= RENEW_BELOW && performance.now() >= quietUntil) {
        // Nobody waits for it; a refusal shows at the next call, which finds no session.
        renew().catch(() => {});
      }
      return held;
    }
    try {
      return await renew();
    } catch (error) {
      if (held && held === current && held.view.remainingMilliseconds() > 0) {
        return held;
      }
      throw error;
    }
  };
}

/**
 * Whether the control plane, or the person's sign-in, says no; then the session at hand is not used
 * any more either. What something in between says does not count.
 */
function final({ code, status = 0 }: ButtonizeError): boolean {
  const refused = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return code === "no_access_token" || (refused && code !== "invalid_answer");
}
