import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { handle, type CustomResourceEvent, type Platform } from "../../src/handler/index.js";

/** A clock that only moves when somebody sleeps, or when a server says that it has taken its time. */
export class VirtualClock {
  #now = Date.parse("2026-01-01T00:00:00Z");
  readonly #alarms: { at: number; controller: AbortController }[] = [];
  readonly sleeps: number[] = [];

  now = (): number => this.#now;

  sleep = async (ms: number): Promise<void> => {
    this.sleeps.push(ms);
    this.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };

  timeout = (ms: number): AbortSignal => {
    const controller = new AbortController();
    this.#alarms.push({ at: this.#now + ms, controller });
    return controller.signal;
  };

  advance(ms: number): void {
    this.#now += ms;
    for (const { at, controller } of this.#alarms) {
      if (at <= this.#now && !controller.signal.aborted) {
        controller.abort(new DOMException("The time is up.", "TimeoutError"));
      }
    }
  }
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** What a fake server does with a call: answer, or take it and never answer, or cut the line. */
export type Reaction =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | "hang"
  | "cut";

/** A real HTTP server on a free port that notes its calls. */
export class FakeServer {
  readonly calls: Call[] = [];
  readonly #server: Server;
  #url = "";

  private constructor(react: (call: Call) => Reaction) {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response, react);
    });
  }

  static async start(react: (call: Call) => Reaction): Promise<FakeServer> {
    const fake = new FakeServer(react);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    fake.#url = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  /** Its address, also once it is stopped. */
  get url(): string {
    return this.#url;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) {
      return;
    }
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    react: (call: Call) => Reaction,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString();
    const { method = "", url = "", headers } = request;
    const json = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const call = { method, path: url, headers, text, json };
    this.calls.push(call);
    const reaction = react(call);
    if (reaction === "cut") {
      request.socket.destroy();
    } else if (reaction !== "hang") {
      response.writeHead(reaction.status, {
        "content-type": "application/json",
        ...reaction.headers,
      });
      response.end(
        typeof reaction.body === "string"
          ? reaction.body
          : reaction.body === undefined
            ? ""
            : JSON.stringify(reaction.body),
      );
    }
  }
}

/** What CloudFormation was told. */
export interface ToldAnswer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly NoEcho: boolean;
  readonly Data?: Record<string, string>;
}

export const API_KEY = "btnz_0123456789abcdefghijABCDEFGHIJ000000";
export const EXTERNAL_ID = "Zx9-the-external-id-of-this-role-q7";
export const ROLE = "arn:aws:iam::123456789012:role/Demo-ExecutionRole";
export const OTHER_ROLE = "arn:aws:iam::123456789012:role/Demo-OtherRole";
export const FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:discounts";
/** The longest that Lambda gives a function. */
export const FIFTEEN_MINUTES = 15 * 60_000;

const noSecret = (): Promise<never> => Promise.reject(new Error("There is no secret here."));

/** Everything around one handler: CloudFormation's endpoint, time, and what was logged. */
export class World {
  readonly clock = new VirtualClock();
  readonly log: string[] = [];
  /** Taken from the front by each answer to CloudFormation; 200 when empty. */
  readonly answerReactions: Reaction[] = [];
  /** Whether a secret may be told: the answer that carries it as data. */
  readonly secrets = new Set([API_KEY, EXTERNAL_ID]);
  #endpoint!: FakeServer;
  #count = 0;

  static async start(): Promise<World> {
    const world = new World();
    world.#endpoint = await FakeServer.start(
      () => world.answerReactions.shift() ?? { status: 200 },
    );
    return world;
  }

  stop(): Promise<void> {
    return this.#endpoint.stop();
  }

  /** Every call at the response endpoint. */
  get answers(): readonly Call[] {
    return this.#endpoint.calls;
  }

  platform(changed: Partial<Platform> = {}): Platform {
    const { now, sleep, timeout } = this.clock;
    const log = (line: string): void => void this.log.push(line);
    return { now, sleep, timeout, random: () => 0.5, readSecret: noSecret, log, ...changed };
  }

  /** An event of CloudFormation, with its own request id. */
  event(
    event: Partial<CustomResourceEvent> & Pick<CustomResourceEvent, "RequestType">,
  ): CustomResourceEvent {
    this.#count++;
    return {
      ResponseURL: `${this.#endpoint.url}/answer?Signature=presigned-secret`,
      StackId: "arn:aws:cloudformation:eu-central-1:123456789012:stack/demo/1",
      RequestId: `request-${this.#count}`,
      LogicalResourceId: "App",
      ResourceType: "Custom::ButtonizeApp",
      ResourceProperties: {},
      ...event,
    };
  }

  /** Runs the handler. */
  async run(
    event: CustomResourceEvent,
    changed: Partial<Platform> = {},
    milliseconds = FIFTEEN_MINUTES,
  ): Promise<void> {
    const end = this.clock.now() + milliseconds;
    const context = { getRemainingTimeInMillis: () => end - this.clock.now() };
    await handle(event, context, this.platform(changed));
  }

  /** Runs the handler and gives the one answer, having checked that it is one, well formed, in time, and without a secret. */
  async answer(
    event: CustomResourceEvent,
    changed: Partial<Platform> = {},
    milliseconds = FIFTEEN_MINUTES,
  ): Promise<ToldAnswer> {
    const before = this.answers.length;
    const end = this.clock.now() + milliseconds;
    await this.run(event, changed, milliseconds);
    const [call, ...more] = this.answers.slice(before);
    if (call === undefined || more.length > 0) {
      throw new Error(`${more.length + (call ? 1 : 0)} answers instead of one`);
    }
    return this.check(call, event, end);
  }

  /** Checks an answer that was sent. */
  check(call: Call, event: CustomResourceEvent, end = Infinity): ToldAnswer {
    const told = call.json as unknown as ToldAnswer;
    const problems = [
      call.method !== "PUT" && "it is no PUT",
      call.headers["content-type"] !== "" && "its content type is not empty",
      call.headers["content-length"] !== String(Buffer.byteLength(call.text)) && "no length",
      Buffer.byteLength(call.text) > 4096 && "it is longer than CloudFormation takes",
      this.clock.now() >= end && "it comes after the function's end",
      told.StackId !== event.StackId && "another stack",
      told.RequestId !== event.RequestId && "another request",
      told.LogicalResourceId !== event.LogicalResourceId && "another resource",
      !told.PhysicalResourceId && "no physical id",
      told.Status === "FAILED" && !told.Reason && "no reason",
      ...this.#leaks({ ...told, Data: undefined }),
    ].filter((problem) => problem !== false);
    if (problems.length > 0) {
      throw new Error(`CloudFormation would not take the answer: ${problems.join(", ")}`);
    }
    return told;
  }

  #leaks(told: unknown): string[] {
    const seen = JSON.stringify(told) + this.log.join("\n");
    const secrets = [...this.secrets, "presigned-secret"];
    return secrets.flatMap((s, i) => (seen.includes(s) ? [`secret number ${i} is shown`] : []));
  }
}
