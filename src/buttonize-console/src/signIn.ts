import * as oauth from "oauth4webapi";
import type { Setting } from "./configuration";
import type { GetAccessToken } from "./run";

/** The sign-in is over and could not be renewed: the person has to sign in again. */
export class SignInEnded extends Error {
  override name = "SignInEnded";

  constructor() {
    super("Your sign-in has ended. Sign in again to go on.");
  }
}

/** What somebody had typed when their sign-in ended. It is theirs: nobody else gets it. */
export interface Draft {
  userId: string;
  payload: string;
}

/** What goes with the person to the provider and back: kept in this tab, and only for that long. */
interface Journey {
  state: string;
  nonce: string;
  codeVerifier: string;
  returnTo: string;
  draft: Draft | null;
}

/** What the provider gave. */
interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
  /** By this computer's monotonic clock, in milliseconds; a wrong wall clock does no harm. */
  expiresAt: number;
}

const journeyKey = "buttonize.sign-in";

/** A token is renewed when less than this is left of it, in milliseconds. */
const renewBefore = 60_000;

/** How long the provider's answer is waited for, in milliseconds. */
const patience = 10_000;

/** Signs a person in at the OpenID provider. The tokens live in this object and nowhere else. */
export class SignIn {
  private readonly server: oauth.AuthorizationServer;
  private readonly client: oauth.Client;
  private tokens: Tokens | undefined;
  private hasSignedOut = false;
  private renewal: Promise<Tokens> | undefined;

  constructor(private readonly setting: Setting) {
    const { configuration, clockOffset } = setting;
    this.server = {
      issuer: configuration.issuer,
      authorization_endpoint: configuration.authorizationEndpoint,
      token_endpoint: configuration.tokenEndpoint,
      ...(configuration.idTokenSigningAlgorithms.length > 0 && {
        id_token_signing_alg_values_supported: configuration.idTokenSigningAlgorithms,
      }),
    };
    this.client = {
      client_id: configuration.clientId,
      [oauth.clockSkew]: Math.round(clockOffset / 1000),
    };
  }

  /**
   * Leaves for the provider's login page (authorization code with PKCE, RFC 7636). Whoever has signed out is asked there who they are:
   * the provider's own session may still be the last person's.
   */
  async leave(draft: Draft | null): Promise<void> {
    const { configuration } = this.setting;
    const journey: Journey = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
      returnTo: location.hash,
      draft,
    };
    const target = new URL(configuration.authorizationEndpoint);
    const parameters = {
      ...configuration.authorizationParameters,
      response_type: "code",
      client_id: configuration.clientId,
      redirect_uri: redirectUri(),
      scope: configuration.scope,
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(journey.codeVerifier),
      code_challenge_method: "S256",
      ...(this.hasSignedOut && { prompt: "login" }),
    };
    for (const [name, value] of Object.entries(parameters)) {
      target.searchParams.set(name, value);
    }

    sessionStorage.setItem(journeyKey, JSON.stringify(journey));
    location.assign(target);
  }

  /**
   * Comes back from the provider, if that is where the person comes from, and tidies up the address.
   * @returns what to say where the sign-in did not succeed, and what the person had typed before they left
   */
  async comeBack(): Promise<{ failure: string | null; draft: Draft | null }> {
    const address = new URL(location.href);
    const stored = sessionStorage.getItem(journeyKey);
    const journey = stored === null ? null : (JSON.parse(stored) as Journey);
    sessionStorage.removeItem(journeyKey);
    const draft = journey?.draft ?? null;
    // A provider can refuse without a state.
    if (!["state", "code", "error"].some((name) => address.searchParams.has(name))) {
      return { failure: null, draft };
    }

    history.replaceState(null, "", redirectUri() + (journey?.returnTo ?? ""));
    if (journey === null) {
      return { failure: "This sign-in was not begun in this tab. Sign in here.", draft };
    }

    if (!address.searchParams.has("state")) {
      const refusal = ["error_description", "error"].map((name) => address.searchParams.get(name));
      return { failure: failureOf(refusal.find(Boolean) ?? "the answer has no state"), draft };
    }

    try {
      this.tokens = await this.redeem(address, journey);
      return { failure: null, draft };
    } catch (fault) {
      return { failure: failureOf(reasonOf(fault)), draft };
    }
  }

  /** Whether somebody is signed in. */
  readonly isSignedIn = (): boolean => this.tokens !== undefined;

  /** Forgets the tokens. The provider's own session stays. */
  signOut(): void {
    this.tokens = undefined;
    this.hasSignedOut = true;
  }

  /**
   * A good access token; renewed where it is about to end and the provider gave a refresh token.
   * @throws SignInEnded where there is none any more
   */
  readonly accessToken: GetAccessToken = async ({ forceRefresh }) => {
    const tokens = this.tokens;
    if (tokens === undefined) {
      throw new SignInEnded();
    }

    const left = tokens.expiresAt - performance.now();
    if (left > renewBefore && !forceRefresh) {
      return tokens.accessToken;
    }

    if (tokens.refreshToken === undefined) {
      // Perhaps it is still good for some seconds, by the one clock that counts: the control plane's.
      return forceRefresh ? this.end() : tokens.accessToken;
    }

    this.renewal ??= this.renew(tokens.refreshToken).finally(() => (this.renewal = undefined));
    try {
      return (await this.renewal).accessToken;
    } catch (fault) {
      if (!forceRefresh && left > 0 && this.tokens === tokens) {
        return tokens.accessToken;
      }

      throw fault;
    }
  };

  private end(): never {
    this.tokens = undefined;
    throw new SignInEnded();
  }

  private async redeem(address: URL, journey: Journey): Promise<Tokens> {
    const answer = oauth.validateAuthResponse(this.server, this.client, address, journey.state);
    const response = await oauth.authorizationCodeGrantRequest(
      this.server,
      this.client,
      oauth.None(),
      answer,
      redirectUri(),
      journey.codeVerifier,
      this.http(),
    );
    return keep(
      await oauth.processAuthorizationCodeResponse(this.server, this.client, response, {
        expectedNonce: journey.nonce,
      }),
    );
  }

  /** @throws SignInEnded where the provider refuses; anything else where it only cannot be asked. */
  private async renew(refreshToken: string): Promise<Tokens> {
    const before = this.tokens;
    let renewed: Tokens;
    try {
      const response = await oauth.refreshTokenGrantRequest(
        this.server,
        this.client,
        oauth.None(),
        refreshToken,
        this.http(),
      );
      renewed = keep(await oauth.processRefreshTokenResponse(this.server, this.client, response));
    } catch (fault) {
      throw fault instanceof oauth.ResponseBodyError && fault.status < 500 ? this.end() : fault;
    }

    if (this.tokens !== before) {
      // Signed out meanwhile.
      throw new SignInEnded();
    }

    return (this.tokens = { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken });
  }

  private http(): oauth.TokenEndpointRequestOptions {
    return {
      [oauth.allowInsecureRequests]: this.setting.configuration.allowInsecureRequests,
      signal: AbortSignal.timeout(patience),
    };
  }
}

/** The page's own address, as it is registered with the provider. */
function redirectUri(): string {
  return `${location.origin}/`;
}

function keep(answer: oauth.TokenEndpointResponse): Tokens {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: performance.now() + (answer.expires_in ?? 300) * 1000,
  };
}

function failureOf(reason: string): string {
  return `The sign-in did not succeed: ${reason.replace(/\.$/, "")}. Try again.`;
}

function reasonOf(fault: unknown): string {
  if (
    fault instanceof oauth.AuthorizationResponseError ||
    fault instanceof oauth.ResponseBodyError
  ) {
    return fault.error_description ?? fault.error;
  }

  return fault instanceof TypeError || fault instanceof DOMException
    ? "the sign-in service cannot be reached"
    : "the sign-in service's answer was not as it should be";
}
