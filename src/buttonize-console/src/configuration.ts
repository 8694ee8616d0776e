/** What the control plane tells the page before anybody is signed in. */
export interface Configuration {
  clientId: string;
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  idTokenSigningAlgorithms: string[];
  scope: string;
  authorizationParameters: Record<string, string>;
  /** Whether the provider may be asked over plain HTTP, as one on this machine is. */
  allowInsecureRequests: boolean;
  /** Lambda's address where it is not AWS's own. */
  lambdaEndpoint: string | null;
  serverTime: string;
}

/** {@link Configuration}, and by how much this computer's clock is behind the server's. */
export interface Setting {
  configuration: Configuration;
  /** The server's clock minus this computer's, in milliseconds. */
  clockOffset: number;
}

/**
 * Asks the control plane how to sign in.
 * @throws Error with a sentence for people
 */
export async function readConfiguration(): Promise<Setting> {
  const response = await fetch("/console/configuration", {
    cache: "no-store",
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) {
    const problem: unknown = await response.json().catch(() => null);
    throw new Error(detailOf(problem) ?? `The control plane answered ${response.status}.`);
  }

  const configuration = (await response.json().catch(() => null)) as Configuration | null;
  if (configuration === null) {
    throw new Error("What answers here is no control plane.");
  }

  return { configuration, clockOffset: Date.parse(configuration.serverTime) - Date.now() };
}

function detailOf(problem: unknown): string | undefined {
  return typeof problem === "object" && problem !== null && "detail" in problem
    ? String(problem.detail)
    : undefined;
}
