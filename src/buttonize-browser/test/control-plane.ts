import type { ServerResponse } from "node:http";
import { expect } from "vitest";
import { ButtonizeError, buttonizeCredentials, type ButtonizeOptions } from "../src/index.js";
import { TestServer, type Arrived } from "./server.js";
import { minutes, type World } from "./world.js";

export const ORGANIZATION = "org_-0123456789abcdef";
export const APP = "app_-0123456789abcdef";
export const TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

/** One answer. */
export type Answer = (response: ServerResponse) => void;

/** Plays the control plane: answers what is queued, else a new session. */
export class ControlPlane extends TestServer {
  readonly queue: Answer[] = [];
  /** While true, requests are held. */
  holding = false;
  inFlight = 0;
  mostInFlight = 0;
  /** Sessions given. */
  issued = 0;
  /** When which session ends, by its access key id. */
  readonly ends = new Map<string, number>();
  readonly #open = new Set<ServerResponse>();

  constructor(readonly world: World) {
    super();
  }

  protected override answer(_: Arrived, response: ServerResponse): void {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    response.on("close", () => this.#left(response));
    this.#open.add(response);
    if (!this.holding) {
      this.release(this.queue.shift());
    }
  }

  /** Answers the requests held. */
  release(answer: Answer = this.session()): void {
    for (const response of this.#open) {
      this.#left(response);
      answer(response);
    }
  }

  #left(response: ServerResponse): void {
    if (this.#open.delete(response)) {
      this.inFlight--;
    }
  }

  session(
    lifetime = minutes(15),
    change: (body: Record<string, unknown>) => unknown = () => {},
  ): Answer {
    return (response) => {
      const n = ++this.issued;
      this.ends.set(`ASIA${n}`, this.world.now() + lifetime);
      const body = {
        credentials: {
          accessKeyId: `ASIA${n}`,
          secretAccessKey: `secret-${n}`,
          sessionToken: `token-${n}`,
          expiration: new Date(this.world.now() + lifetime).toISOString(),
        },
        region: "eu-central-1",
        accountId: "123456789012",
        assumedRoleArn: "arn:aws:sts::123456789012:assumed-role/Demo-ExecutionRole/btnz__u__ada",
        sourceIdentity: "btnz__u__ada",
        serverTime: new Date(this.world.now()).toISOString(),
      };
      change(body);
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
    };
  }

  /** A provider of this control plane's sessions. */
  provider(options: Partial<ButtonizeOptions> = {}) {
    return buttonizeCredentials({
      url: this.url,
      organizationId: ORGANIZATION,
      appId: APP,
      getAccessToken: () => TOKEN,
      ...options,
    });
  }
}

/** A problem document. */
export function problem(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Answer {
  return raw(
    status,
    JSON.stringify({
      type: "about:blank",
      status,
      code,
      detail: `What to do about ${code}.`,
      traceId: "trace-1",
    }),
    { "Content-Type": "application/problem+json", ...headers },
  );
}

/** Any answer. */
export function raw(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, headers).end(body);
}

/** The connection breaks. */
export const broken: Answer = (response) => response.destroy();

/** The error of what must fail. */
export const failure = async (promise: Promise<unknown>): Promise<ButtonizeError> => {
  const error: unknown = await promise.then(
    () => expect.fail("It should have failed."),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ButtonizeError);
  return error as ButtonizeError;
};
