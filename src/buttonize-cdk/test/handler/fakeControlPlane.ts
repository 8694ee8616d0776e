import { API_KEY, FakeServer, type Call, type Reaction, type VirtualClock } from "./world.js";

const STATEMENT =
  '{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":["sts:TagSession"]}';

export const checks = {
  good: [
    { name: "assume", passed: true, detail: "AWS STS assumed the role." },
    { name: "without-external-id", passed: true, detail: "AWS STS refused the role." },
    { name: "wrong-external-id", passed: true, detail: "AWS STS refused the role." },
  ],
  lacking: [
    {
      name: "assume",
      passed: false,
      detail: `AWS STS refused the role for lack of sts:TagSession. Add this statement: ${STATEMENT}`,
    },
    { name: "without-external-id", passed: null, detail: "It proves nothing." },
    { name: "wrong-external-id", passed: null, detail: "It proves nothing." },
  ],
  open: [
    { name: "assume", passed: true, detail: "AWS STS assumed the role." },
    {
      name: "without-external-id",
      passed: false,
      detail: `The role can be assumed without an External ID. Use: ${STATEMENT}`,
    },
    { name: "wrong-external-id", passed: true, detail: "AWS STS refused the role." },
  ],
};

export { STATEMENT };

type Status = "pending" | "verified" | "failed";
type Member = Record<string, unknown>;

interface StoredApp {
  definition: Member;
  externalId: unknown;
  status: Status;
  /** What was found, where it is not as it should be. */
  found: unknown[];
  replacement: { definition: Member; externalId: unknown; status: Status } | null;
}

/**
 * A control plane as far as deployments see it: it stores, proves and swaps as the real one does. What AWS says about a role is
 * decided by `trust`, at the moment it is asked.
 */
export class FakeControlPlane {
  readonly apps = new Map<string, StoredApp>();
  readonly externalIds: string[] = [];
  /** Says what AWS makes of a role: good by default. */
  trust: (role: string) => "good" | "open" | "refuses" = () => "good";
  /** Comes before everything else, where it gives a reaction. */
  interfere: (call: Call) => Reaction | undefined = () => undefined;
  /** Can lose an answer after the work is done. */
  lose: (call: Call, reaction: Reaction) => Reaction = (_, reaction) => reaction;
  apiKeys = new Set([API_KEY]);
  readonly #idempotency = new Map<string, { text: string; id: string }>();
  readonly #since = new Map<string, number>();
  #server!: FakeServer;

  private constructor(private readonly clock: VirtualClock) {}

  static async start(clock: VirtualClock): Promise<FakeControlPlane> {
    const plane = new FakeControlPlane(clock);
    plane.#server = await FakeServer.start(
      (call) => plane.interfere(call) ?? plane.lose(call, plane.#route(call)),
    );
    return plane;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  get url(): string {
    return this.#server.url;
  }

  get calls(): readonly Call[] {
    return this.#server.calls;
  }

  /** The calls as `METHOD path`. */
  get lines(): string[] {
    return this.calls.map((call) => `${call.method} ${call.path}`);
  }

  #route(call: Call): Reaction {
    if (!this.apiKeys.has(call.headers.authorization?.replace("Bearer ", "") ?? "")) {
      return problem(401, "unauthenticated", "Send a valid API key.");
    }
    const id = /^\/v1\/apps\/([^/?]+)/.exec(call.path)?.[1];
    if (call.method === "POST" && call.path === "/v1/external-ids") {
      this.externalIds.push(`made-here-${this.externalIds.length}-0123456789abcdefghijklmnop`);
      return { status: 201, body: { externalId: this.externalIds.at(-1) } };
    }
    if (call.method === "POST" && call.path === "/v1/apps?wait=20") {
      return this.#register(call);
    }
    if (call.method === "DELETE" && id !== undefined) {
      this.apps.delete(id);
      return { status: 204 };
    }
    const app = this.apps.get(id ?? "");
    if (id === undefined || app === undefined) {
      return problem(404, "not_found", "There is no such thing.");
    }
    if (call.method === "PUT") {
      return this.#replace(id, app, call);
    }
    this.#recheck(id, app);
    return { status: 200, body: shown(id, app) };
  }

  #register(call: Call): Reaction {
    const key = String(call.headers["idempotency-key"]);
    const earlier = this.#idempotency.get(key);
    if (earlier) {
      const app = this.apps.get(earlier.id);
      return earlier.text === call.text && app
        ? { status: 201, body: shown(earlier.id, app) }
        : problem(422, "idempotency_key_reused", "This key was used for an app that is deleted.");
    }
    const { externalId, ...definition } = call.json;
    const trust = this.trust(String(definition["executionRoleArn"]));
    if (trust === "open") {
      return untrusted();
    }
    const id = `app${this.#idempotency.size}`.padEnd(21, "_");
    this.#idempotency.set(key, { text: call.text, id });
    const status = trust === "good" ? "verified" : "pending";
    const found = trust === "good" ? checks.good : checks.lacking;
    this.apps.set(id, { definition, externalId, status, found, replacement: null });
    this.#since.set(id, this.clock.now());
    return { status: 201, body: shown(id, this.apps.get(id)!) };
  }

  #replace(id: string, app: StoredApp, call: Call): Reaction {
    const { externalId, ...definition } = call.json;
    const trust = this.trust(String(definition["executionRoleArn"]));
    if (trust === "open") {
      return untrusted();
    }
    this.#since.set(id, this.clock.now());
    if (trust === "good" || app.status !== "verified") {
      const status = trust === "good" ? "verified" : "pending";
      const found = trust === "good" ? checks.good : checks.lacking;
      Object.assign(app, { definition, externalId, status, found, replacement: null });
    } else {
      app.replacement = { definition, externalId, status: "pending" };
    }
    return { status: 200, body: shown(id, app) };
  }

  /** A role that refuses has 10 minutes to be known. */
  #recheck(id: string, app: StoredApp): void {
    const waiting = app.replacement ?? app;
    if (waiting.status !== "pending") {
      return;
    }
    if (this.trust(String(waiting.definition["executionRoleArn"])) === "good") {
      const { definition, externalId } = waiting;
      const found = checks.good;
      Object.assign(app, { definition, externalId, status: "verified", found, replacement: null });
    } else if (this.clock.now() - (this.#since.get(id) ?? 0) >= 600_000) {
      waiting.status = "failed";
    }
  }
}

export function problem(status: number, code: string, detail: string, more: Member = {}): Reaction {
  return { status, body: { status, code, detail, traceId: "trace-1", ...more } };
}

function untrusted(): Reaction {
  const detail = "The role can be assumed without its External ID.";
  return problem(422, "trust_check_failed", detail, { checks: checks.open, missingActions: [] });
}

function shown(id: string, app: StoredApp): Member {
  const verification = { status: app.status, checks: app.found, missingActions: [] };
  const pendingReplacement = app.replacement && {
    executionRoleArn: app.replacement.definition["executionRoleArn"],
    verification: { status: app.replacement.status, checks: checks.lacking, missingActions: [] },
  };
  return { appId: id, ...app.definition, verification, pendingReplacement };
}
