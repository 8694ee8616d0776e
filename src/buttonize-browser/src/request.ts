import { moment } from "./clock.js";
import { ButtonizeError } from "./error.js";
import { invalid, parse, readSession, type HeldSession } from "./session.js";
import type { ButtonizeOptions } from "./types.js";

/** Attempts at one session, those with a renewed token not counted. */
const ATTEMPTS = 4;
/** One attempt, in milliseconds. The control plane answers within 6 seconds, whatever AWS does. */
const ATTEMPT_TIME = 10_000;
/** All attempts and the waits between them, in milliseconds; time that `getAccessToken` takes is not counted. */
const TOTAL_TIME = 30_000;
/** The first wait where the control plane names none, in milliseconds; each further one is twice as long. */
const FIRST_WAIT = 500;

/** Where sessions come from. */
export interface Source {
  readonly url: string;
  readonly body: string;
  readonly getAccessToken: ButtonizeOptions["getAccessToken"];
}

/**
 * Fetches a session: tries again what may pass by itself, never before the time that the control
 * plane names, and gives up at once where that time does not fit.
 * @throws ButtonizeError
 */
export async function requestSession(source: Source): Promise<HeldSession> {
  let left = TOTAL_TIME;
  let renewed = false;
  let forceRefresh = false;
  for (let attempt = 1; ;) {
    const token = await accessToken(source, forceRefresh);
    forceRefresh = false;
    const started = performance.now();
    try {
      return await post(source, token, Math.min(ATTEMPT_TIME, left));
    } catch (error) {
      const failure = error as ButtonizeError;
      left -= performance.now() - started;
      if (failure.status === 401 && !renewed) {
        renewed = forceRefresh = true;
        continue;
      }
      const wait = waitAfter(failure, attempt);
      if (!passing(failure) || attempt++ === ATTEMPTS || wait >= left) {
        throw failure;
      }
      left -= wait;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Whether the same request may succeed a moment later: not reached, or a proxy's or the control plane's "later". */
function passing({ code, status }: ButtonizeError): boolean {
  return code === "network_error" || [408, 429, 502, 503, 504].includes(status ?? 0);
}

/** Milliseconds to wait: never less than asked for, and spread, so that many browsers do not come back at once. */
function waitAfter({ retryAfter }: ButtonizeError, attempt: number): number {
  const backoff = FIRST_WAIT * 2 ** (attempt - 1);
  return (
    (retryAfter === undefined ? backoff / 2 : retryAfter * 1000) + (Math.random() * backoff) / 2
  );
}

async function accessToken({ getAccessToken }: Source, forceRefresh: boolean): Promise<string> {
  let cause: unknown;
  try {
    const token: unknown = await getAccessToken({ forceRefresh });
    // RFC 6750, section 2.1. Anything else would fail in fetch, whose error repeats the header.
    if (typeof token === "string" && /^[\w.~+/-]+=*$/.test(token)) {
      return token;
    }
  } catch (error) {
    cause = error;
  }
  throw new ButtonizeError(
    "no_access_token",
    "There is no access token to ask for a session with: 'getAccessToken' failed or gave none. Sign in again.",
    { cause },
  );
}

async function post(source: Source, token: string, time: number): Promise<HeldSession> {
  const asked = moment();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), time);
  let response: Response;
  let text: string;
  try {
    response = await fetch(source.url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: source.body,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: abort.signal,
    });
    text = await response.text();
  } catch (cause) {
    throw new ButtonizeError(
      "network_error",
      "The control plane could not be reached or did not answer in time. Check the connection, and that 'Buttonize:AllowedOrigins' has this page's origin.",
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
  if (response.status === 200) {
    return readSession(text, asked);
  }
  throw refusal(response, text);
}

/** The error that a problem document (RFC 9457) tells of. */
function refusal({ status, headers }: Response, text: string): ButtonizeError {
  const retryAfter = secondsUntil(headers);
  const { code, detail, traceId } = parse(text);
  return headers.get("content-type")?.startsWith("application/problem+json") &&
    typeof code === "string" &&
    typeof detail === "string"
    ? new ButtonizeError(code, detail, {
        status,
        retryAfter,
        traceId: typeof traceId === "string" ? traceId : undefined,
      })
    : invalid(status, retryAfter);
}

/**
 * The seconds of `Retry-After` (RFC 9110, section 10.2.3). A date is compared with the answer's own
 * `Date`, where the browser shows it; else with the browser's clock.
 */
function secondsUntil(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (!value) {
    return undefined;
  }
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return seconds >= 0 ? seconds : undefined;
}
