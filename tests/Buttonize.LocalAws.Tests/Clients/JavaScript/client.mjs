// Makes calls with the AWS SDK for JavaScript v3 and tells what it made of the answers.
//   node client.mjs <folder with node_modules>
// Standard input: {endpoint, keys: {name: {accessKeyId, secretAccessKey, sessionToken?}}, calls: [call]}; standard output: [answer].
// A call's key is one of the given ones, or the name of an earlier AssumeRole call. Secrets never go to the output.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(process.argv[2] + "/package.json");
const services = {
  sts: [require("@aws-sdk/client-sts"), "STSClient"],
  lambda: [require("@aws-sdk/client-lambda"), "LambdaClient"],
};
const RealDate = Date;

/** Lets this program's clock go wrong. */
function shiftClock(seconds) {
  const shift = seconds * 1000;
  globalThis.Date = class extends RealDate {
    constructor(...when) {
      when.length > 0 ? super(...when) : super(RealDate.now() + shift);
    }
    static now() {
      return RealDate.now() + shift;
    }
  };
}

function readable(result) {
  const { $metadata, Credentials, ...rest } = result;
  for (const [name, value] of Object.entries(rest)) {
    if (value instanceof Uint8Array) {
      rest[name] = Buffer.from(value).toString("utf8");
    }
  }
  return rest;
}

const { endpoint, keys, calls } = JSON.parse(await text(process.stdin));

async function make(call) {
  const [library, clientName] = services[call.service];
  const client = new library[clientName]({
    endpoint,
    region: call.region,
    credentials: keys[call.key],
  });
  shiftClock(call.clockAheadSeconds);
  try {
    const command = new library[call.operation + "Command"](call.input);
    const result = await client.send(command);
    if (result.Credentials) {
      const { AccessKeyId, SecretAccessKey, SessionToken } = result.Credentials;
      keys[call.name] = {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
      };
    }
    return { status: result.$metadata.httpStatusCode, attempts: result.$metadata.attempts, result: readable(result) };
  } catch (error) {
    return {
      status: error.$metadata?.httpStatusCode ?? null,
      attempts: error.$metadata?.attempts ?? null,
      type: error.name,
      code: error.Code ?? error.code ?? null,
      message: error.message,
    };
  } finally {
    globalThis.Date = RealDate;
    client.destroy();
  }
}

const answers = [];
for (const call of calls) {
  answers.push({ name: call.name, ...(await make(call)) });
}
process.stdout.write(JSON.stringify(answers));
