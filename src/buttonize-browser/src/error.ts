/**
 * The control plane's codes for this call, and those of this package: `network_error` (not reached,
 * no answer in time, or not readable for this origin), `invalid_answer` (not an answer of the control
 * plane), `no_access_token` (`getAccessToken` failed or gave none) and `invalid_options`. Later
 * versions of the control plane may send others.
 */
export type ButtonizeErrorCode =
  | "network_error"
  | "invalid_answer"
  | "no_access_token"
  | "invalid_options"
  | "unauthenticated"
  | "wrong_principal"
  | "forbidden"
  | "member_suspended"
  | "not_found"
  | "app_not_verified"
  | "app_suspended"
  | "role_refused"
  | "sts_region_disabled"
  | "session_too_large"
  | "rate_limited"
  | "sts_unavailable"
  | "sts_throttled"
  | "storage_unavailable"
  | "control_plane_credentials"
  | "identity_provider_unavailable"
  | "internal_error"
  | (string & {});

/** What is known of a failure, beside its code and its sentence. */
export interface ErrorContext {
  readonly status?: number;
  readonly retryAfter?: number | undefined;
  readonly traceId?: string | undefined;
  readonly cause?: unknown;
}

/** Why there is no session. Neither message nor members ever hold a token or credentials. */
export class ButtonizeError extends Error {
  override readonly name = "ButtonizeError";
  /** What went wrong; stable, for programs. */
  readonly code: ButtonizeErrorCode;
  /** What to do about it; a sentence for people. The same as `message`. */
  readonly detail: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** After how many seconds another try makes sense, where the control plane said so. */
  readonly retryAfter: number | undefined;
  /** What the control plane's operator finds this failure by. */
  readonly traceId: string | undefined;

  /** For this package, and for the tests of yours. */
  constructor(code: ButtonizeErrorCode, detail: string, context: ErrorContext = {}) {
    super(detail, "cause" in context ? { cause: context.cause } : {});
    this.code = code;
    this.detail = detail;
    this.status = context.status;
    this.retryAfter = context.retryAfter;
    this.traceId = context.traceId;
  }
}
