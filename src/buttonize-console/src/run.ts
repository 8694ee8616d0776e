import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { buttonizeCredentials, type ButtonizeSession } from "buttonize-browser";
import type { App } from "./controlPlane";

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

  constructor(
    organizationId: string,
    app: App,
    getAccessToken: (options?: { forceRefresh?: boolean }) => Promise<string>,
    private readonly lambdaEndpoint: string | null,
  ) {
    this.provider = buttonizeCredentials({
      url: location.origin,
      organizationId,
      appId: app.appId,
      getAccessToken,
    });
  }

  /** Calls the function once: straight from this browser, with the session of the app's role. */
  async run(functionArn: string, payload: string): Promise<Answer> {
    const session = await this.provider.session();
    const began = performance.now();
    const output = await this.client(session).send(
      new InvokeCommand({ FunctionName: functionArn, Payload: new TextEncoder().encode(payload) }),
    );
    return {
      kind: output.FunctionError === undefined ? "answer" : "function-error",
      body: indented(new TextDecoder().decode(output.Payload)),
      requestId: output.$metadata.requestId,
      functionArn,
      milliseconds: Math.round(performance.now() - began),
      session,
    };
  }

  private client(session: ButtonizeSession): LambdaClient {
    return (this.lambda ??= new LambdaClient({
      region: session.region,
      credentials: this.provider,
      ...(this.lambdaEndpoint !== null && { endpoint: this.lambdaEndpoint }),
      // A button that is pressed once runs its function once: a call whose answer was lost may well have run.
      maxAttempts: 1,
    }));
  }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
