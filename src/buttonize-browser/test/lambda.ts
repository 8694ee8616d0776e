import type { ServerResponse } from "node:http";
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import type { ControlPlane } from "./control-plane.js";
import { TestServer, type Arrived } from "./server.js";
import { minutes } from "./world.js";

/** When the request was signed, by its own word: `20260301T120000Z`. */
export const signedAt = ({ headers }: Arrived): number =>
  Date.parse(
    String(headers["x-amz-date"]).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      "$1-$2-$3T$4:$5:$6Z",
    ),
  );

/** Plays Lambda: refuses, by the right clock, what is signed for another time, or with a session that is over. */
export class Lambda extends TestServer {
  /** @param showsDate Whether the client sees the answers' `Date`, which CORS hides unless it is exposed. */
  constructor(
    readonly plane: ControlPlane,
    readonly showsDate: boolean,
  ) {
    super();
  }

  protected override answer(request: Arrived, response: ServerResponse): void {
    const now = this.plane.world.now();
    const key = /Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    response.sendDate = false;
    if (this.showsDate) {
      response.setHeader("Date", new Date(now).toUTCString());
    }
    response.setHeader("Content-Type", "application/json");
    if (Math.abs(signedAt(request) - now) > minutes(5)) {
      response.setHeader("x-amzn-ErrorType", "InvalidSignatureException");
      response.writeHead(403).end('{"message":"Signature expired or not yet current"}');
    } else if (!((this.plane.ends.get(key) ?? 0) > now)) {
      response.setHeader("x-amzn-ErrorType", "ExpiredTokenException");
      response.writeHead(403).end('{"message":"The security token is expired"}');
    } else {
      response.writeHead(200).end('{"done":true}');
    }
  }

  client(credentials: NonNullable<LambdaClientConfig["credentials"]>): LambdaClient {
    return new LambdaClient({ region: "eu-central-1", endpoint: this.url, credentials });
  }
}

/** Runs a function. */
export const invoke = (client: LambdaClient): Promise<unknown> =>
  client.send(new InvokeCommand({ FunctionName: "discounts", Payload: "{}" }));
