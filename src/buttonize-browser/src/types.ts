/** What {@link ButtonizeOptions.getAccessToken} is asked for. */
export interface AccessTokenRequest {
  /**
   * `true` after the control plane refused the last token (401): answer with a new one from the
   * OpenID provider, not with a cached one. `false` otherwise: a cached token will do while it is valid.
   */
  readonly forceRefresh: boolean;
}

/** Which app's sessions, and as whom. */
export interface ButtonizeOptions {
  /** The control plane's address: https, or http on a loopback host. It may end in `/` and have a path. */
  readonly url: string;
  /** The organization's id: 21 characters of `A-Za-z0-9_-`. */
  readonly organizationId: string;
  /** The app's id: 21 characters of `A-Za-z0-9_-`. */
  readonly appId: string;
  /**
   * Gives the signed-in person's access token (a JWT of a provider that the control plane trusts,
   * without `Bearer `). It is asked before every request to the control plane, so it should cache;
   * nothing is kept here. Where it throws, rejects or gives no token, the caller gets
   * `no_access_token` and the session held here is given up.
   */
  readonly getAccessToken: (request: AccessTokenRequest) => string | Promise<string>;
  /** Marks the sessions as ones of local development. Default: `false`. */
  readonly localDevelopment?: boolean;
}

/** Credentials in the shape that the AWS SDK for JavaScript v3 expects of a provider. */
export interface ButtonizeCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, by the browser's own clock, however wrong: what the AWS SDK compares with. */
  readonly expiration: Date;
  /** The account of the app's role: 12 digits. */
  readonly accountId: string;
}

/** What a page may show of the session at hand. It has no secrets. */
export interface ButtonizeSession {
  /** The AWS Region of the app, such as `eu-central-1`. */
  readonly region: string;
  /** The account of the app's role: 12 digits. */
  readonly accountId: string;
  /** As whom AWS sees the caller. */
  readonly assumedRoleArn: string;
  /** The person's name in CloudTrail. */
  readonly sourceIdentity: string;
  /** When the session ends, by the server's clock. */
  readonly expiration: Date;
  /** How long the session still lasts, in milliseconds, whatever the browser's clock says; 0 when it is over. */
  remainingMilliseconds(): number;
}

/** What the AWS SDK passes to a credential provider, as far as it is used here. */
export interface CredentialRequest {
  /** Asks for a new session even though the one at hand would do. */
  readonly forceRefresh?: boolean;
  /** The configuration of the client that asks; its `systemClockOffset` is set to the browser's clock error. */
  readonly callerClientConfig?: object;
}

/** A credential provider for every client of the AWS SDK for JavaScript v3, and a view of the session it holds. */
export interface ButtonizeCredentialProvider {
  /**
   * Gives credentials that are valid now, from memory where possible.
   * @throws ButtonizeError
   */
  (request?: CredentialRequest): Promise<ButtonizeCredentials>;
  /**
   * The session that the next AWS call uses; fetched where there is none.
   * @throws ButtonizeError
   */
  session(): Promise<ButtonizeSession>;
  /** Tells the AWS SDK to ask for every request, since caching is done here, by a clock it can rely on. */
  readonly memoized: true;
}
