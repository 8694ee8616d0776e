import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  buttonizeCredentials,
  type ButtonizeOptions,
  type ButtonizeSession,
} from "buttonize-browser";
import type { App } from "./controlPlane";
import { indented } from "./json";
import { SignInEnded } from "./signIn";

/** Gives the access token of whoever is signed in. */
export type GetAccessToken = ButtonizeOptions["getAccessToken"];

/** What a function answered, or that it failed. Neither has been anywhere but at Lambda and in this tab. */
export interface Answer {
  kind: "answer" | "function-error";
  /** What the function wrote: JSON where it is JSON, indented; else as it is. */
  body: string;
  /** Lambda's id of the invocation: the `requestID` of its CloudTrail event. */
  requestId: string | undefined;
  milliseconds: number;
  functionArn: string;
  session: ButtonizeSession;
}

/** Runs an app's functions in the name of the person who is signed in. */
export class Runner {
  private readonly provider;
  private lambda: LambdaClient | undefined;
  private isStale = false;

  constructor(
    organizationId: string,
    app: App,
    getAccessToken: GetAccessToken,
    private readonly isSignedIn: () => boolean,
    private readonly lambdaEndpoint: string | null,
  ) {
    this.provider = buttonizeCredentials({
      url: location.origin,
      organizationId,
      appId: app.appId,
      getAccessToken,
    });
  }

  /**
   * Calls the function once: straight from this browser, with the session of the app's role.
   * @throws SignInEnded where the person has signed out before it was called
   */
  async run(functionArn: string, payload: string): Promise<Answer> {
    const { region } = await this.session();
    if (!this.isSignedIn()) {
      throw new SignInEnded();
    }

    const began = performance.now();
    try {
      const output = await this.client(region).send(
        new InvokeCommand({
          FunctionName: functionArn,
          Payload: new TextEncoder().encode(payload),
        }),
      );
      return {
        kind: output.FunctionError === undefined ? "answer" : "function-error",
        body: indented(new TextDecoder().decode(output.Payload)),
        requestId: output.$metadata.requestId,
        functionArn,
        milliseconds: Math.round(performance.now() - began),
        // The one at hand by now: while the call was signed, it can have been renewed.
        session: await this.provider.session(),
      };
    } catch (fault) {
      this.isStale = fault instanceof Error && fault.name === "ExpiredTokenException";
      throw fault;
    }
  }

  private async session(): Promise<ButtonizeSession> {
    if (this.isStale) {
      await this.provider({ forceRefresh: true });
      this.isStale = false;
    }

    return this.provider.session();
  }

  private client(region: string): LambdaClient {
    return (this.lambda ??= new LambdaClient({
      region,
      credentials: this.provider,
      ...(this.lambdaEndpoint !== null && { endpoint: this.lambdaEndpoint }),
      // A button that is pressed once runs its function once: a call whose answer was lost may well have run.
      maxAttempts: 1,
    }));
  }
}
