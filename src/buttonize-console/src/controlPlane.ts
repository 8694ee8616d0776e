import type { GetAccessToken } from "./run";

/** An app as the control plane answers it: what this page shows of it. */
export interface App {
  organizationId: string;
  appId: string;
  name: string;
  description: string;
  stage: string;
  tags: string[];
  executionRoleArn: string;
  region: string;
  functionArns: string[];
  verification: { status: "pending" | "verified" | "failed" };
  suspension: { reason: string } | null;
}

/** An organization that the person is a member of. */
export interface Organization {
  organizationId: string;
  name: string;
}

/** Who is signed in, as the control plane knows them. */
export interface Me {
  userId: string;
  userName: string;
  email: string | null;
  organizations: Organization[];
}

/** The control plane refused: `code` is stable, `detail` says what to do (RFC 9457). */
export class Refusal extends Error {
  override name = "Refusal";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** How long an answer is waited for, in milliseconds; the control plane gives one within 6 seconds. */
const patience = 10_000;

/** The calls of the control plane that the page makes itself. Credentials are asked for by the browser client. */
export class ControlPlane {
  constructor(private readonly accessToken: GetAccessToken) {}

  /**
   * Who is signed in. A token that is refused here, right after the sign-in, will not get better by being renewed: what the control
   * plane says about it is for whoever set it up.
   */
  async me(): Promise<Me> {
    return read(await this.send("/v1/me", await this.accessToken({ forceRefresh: false })));
  }

  /** Every app that the person may use, all pages of the list together. */
  async apps(organizationId: string): Promise<App[]> {
    const apps: App[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: App[]; nextCursor: string | null } = await this.get(
        `/v1/organizations/${encodeURIComponent(organizationId)}/apps?limit=200` +
          (cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`),
      );
      apps.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return apps;
  }

  /** One GET, once more with a new token where the first one is refused. */
  private async get<T>(path: string): Promise<T> {
    const response = await this.send(path, await this.accessToken({ forceRefresh: false }));
    return response.status === 401
      ? read(await this.send(path, await this.accessToken({ forceRefresh: true })))
      : read(response);
  }

  private async send(path: string, token: string): Promise<Response> {
    try {
      return await fetch(path, {
        headers: { Authorization: `Bearer ${token}` },
        cache: "no-store",
      });
    } catch {
      throw new Refusal(0, "network_error", "There was no answer.");
    }
  }
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) {
    throw await refusalOf(response);
  }

  return (await response.json()) as T;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new Refusal(
    response.status,
    problem.code ?? "invalid_answer",
    problem.detail ?? `The control plane answered ${response.status}.`,
  );
}
