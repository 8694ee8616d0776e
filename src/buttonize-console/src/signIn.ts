import * as oauth from "oauth4webapi";
import type { Setting } from "./configuration";

/** The sign-in is over and could not be renewed: the person has to sign in again. */
export class SignInEnded extends Error {
  override name = "SignInEnded";

  constructor() {
    super("Your sign-in has ended. Sign in again to go on.");
  }
}

/** What goes with the person to the provider and back: kept in this tab, and only for that long. */
interface Journey {
  state: string;
  nonce: string;
  codeVerifier: string;
  returnTo: string;
  draft: string | null;
}

interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
  /** By this computer's monotonic clock, in milliseconds; a wrong wall clock does no harm. */
  expiresAt: number;
}

const journeyKey = "buttonize.sign-in";

/** A token is renewed when less than this is left of it, in milliseconds. */
const renewBefore = 60_000;

/** The authorization request's state outlives no provider's login page; the tokens live in this object and nowhere else. */
export class SignIn {
  private readonly server: oauth.AuthorizationServer;
  private readonly client: oauth.Client;
  private readonly http: oauth.TokenEndpointRequestOptions;
  private tokens: Tokens | undefined;
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
    this.http = { [oauth.allowInsecureRequests]: configuration.allowInsecureRequests };
  }

  /** Leaves for the provider's login page (authorization code with PKCE, RFC 7636). */
  async leave(draft: string | null): Promise<void> {
    const { configuration } = this.setting;
    const journey: Journey = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
      returnTo: location.hash,
      draft,
    };
    sessionStorage.setItem(journeyKey, JSON.stringify(journey));

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
    };
    for (const [name, value] of Object.entries(parameters)) {
      target.searchParams.set(name, value);
    }

    location.assign(target);
  }

  /**
   * Comes back from the provider, if that is where the person comes from, and tidies up the address.
   * @returns what the person had typed before they left, or null
   * @throws Error with a sentence for people where the provider refused
   */
  async comeBack(): Promise<string | null> {
    const address = new URL(location.href);
    const stored = sessionStorage.getItem(journeyKey);
    sessionStorage.removeItem(journeyKey);
    if (!address.searchParams.has("state")) {
      return null;
    }

    const journey = stored === null ? null : (JSON.parse(stored) as Journey);
    history.replaceState(null, "", redirectUri() + (journey?.returnTo ?? ""));
    if (journey === null) {
      throw new Error("This sign-in was not begun in this tab. Sign in here.");
    }

    this.tokens = await this.redeem(address, journey);
    return journey.draft;
  }

  get isSignedIn(): boolean {
    return this.tokens !== undefined;
  }

  /** Forgets the tokens. The provider's own session stays. */
  leaveForGood(): void {
    this.tokens = undefined;
  }

  /**
   * A good access token; renewed where it is about to end and the provider gave a refresh token.
   * @throws SignInEnded where there is none any more
   */
  readonly accessToken = async (options?: { forceRefresh?: boolean }): Promise<string> => {
    const tokens = this.tokens;
    if (tokens === undefined) {
      throw new SignInEnded();
    }

    const isGood = tokens.expiresAt - performance.now() > renewBefore;
    if (isGood && options?.forceRefresh !== true) {
      return tokens.accessToken;
    }

    if (tokens.refreshToken === undefined) {
      // Perhaps it is still good for some seconds, by the one clock that counts: the control plane's.
      return options?.forceRefresh === true ? this.end() : tokens.accessToken;
    }

    this.renewal ??= this.renew(tokens.refreshToken).finally(() => (this.renewal = undefined));
    return (await this.renewal).accessToken;
  };

  private end(): never {
    this.tokens = undefined;
    throw new SignInEnded();
  }

  private async redeem(address: URL, journey: Journey): Promise<Tokens> {
    try {
      const answer = oauth.validateAuthResponse(this.server, this.client, address, journey.state);
      const response = await oauth.authorizationCodeGrantRequest(
        this.server,
        this.client,
        oauth.None(),
        answer,
        redirectUri(),
        journey.codeVerifier,
        this.http,
      );
      return keep(
        await oauth.processAuthorizationCodeResponse(this.server, this.client, response, {
          expectedNonce: journey.nonce,
        }),
      );
    } catch (fault) {
      throw new Error(`The sign-in did not succeed: ${reasonOf(fault)} Try again.`, {
        cause: fault,
      });
    }
  }

  private async renew(refreshToken: string): Promise<Tokens> {
    try {
      const response = await oauth.refreshTokenGrantRequest(
        this.server,
        this.client,
        oauth.None(),
        refreshToken,
        this.http,
      );
      const renewed = keep(
        await oauth.processRefreshTokenResponse(this.server, this.client, response),
      );
      return (this.tokens = { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken });
    } catch (fault) {
      if (fault instanceof TypeError) {
        // No connection: the refresh token is as good as before.
        throw fault;
      }

      return this.end();
    }
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

function reasonOf(fault: unknown): string {
  if (
    fault instanceof oauth.AuthorizationResponseError ||
    fault instanceof oauth.ResponseBodyError
  ) {
    return `${fault.error_description ?? fault.error}.`.replace("..", ".");
  }

  return fault instanceof TypeError
    ? "the sign-in service cannot be reached."
    : "the sign-in service's answer was not as it should be.";
}
