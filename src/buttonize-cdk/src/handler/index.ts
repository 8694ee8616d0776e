/**
 * Registers the apps of a stack with the Buttonize control plane. CloudFormation calls this function for three kinds of custom
 * resources; it calls the control plane over HTTPS and answers CloudFormation itself. It has no dependencies, so that all that runs in
 * your account can be read here.
 *
 * CloudFormation invokes it asynchronously, so Lambda can run it more than once for one event, even at the same time. Everything here
 * is therefore safe to repeat while the deployment waits for it, and of several answers to one event CloudFormation takes the first. After
 * that, an old event must not come again: the construct lets Lambda keep events for minutes only.
 *
 * API key and External ID are secrets: they go to the control plane and to CloudFormation (as `NoEcho` data), and nowhere else.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** What CloudFormation sends. */
export interface CustomResourceEvent {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
  readonly OldResourceProperties?: Properties;
}

/** What of Lambda's context is used. */
export interface InvocationContext {
  /** Milliseconds until Lambda ends the function. */
  getRemainingTimeInMillis(): number;
}

/** Time, chance and output, so that tests need not wait. All times are in milliseconds. */
export interface Platform {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** A signal that fires after so long. */
  timeout(ms: number): AbortSignal;
  /** From 0 up to, but not including, 1. */
  random(): number;
  /** The text of a secret in Secrets Manager. */
  readSecret(secret: SecretReference): Promise<string | undefined>;
  log(line: string): void;
}

/** Which version of which secret, as Secrets Manager calls them. */
export interface SecretReference {
  /** Name or ARN. */
  readonly SecretId: string;
  readonly VersionStage?: string;
  readonly VersionId?: string;
}

type Properties = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, unknown>>;
type Done = { readonly id: string; readonly data?: Readonly<Record<string, string>> };
type Answer = {
  readonly Status: "SUCCESS" | "FAILED";
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
};

/** One invocation. */
interface Run {
  /** As CloudFormation sent it; from the beginning of the work on with the API keys themselves. */
  event: CustomResourceEvent;
  readonly platform: Platform;
  readonly started: number;
  /** When the work has to be over, so that there is time to answer. */
  readonly deadline: number;
  /** What is left after the deadline. */
  readonly margin: number;
  /** What must not be seen anywhere. */
  readonly secrets: Set<string>;
  /** The app that this run has registered, once that is known. */
  registered?: string;
}

/** The physical id of what could not be created: there is nothing to delete. */
const NOTHING_CREATED = "__custom-resource-error__";
/** What CloudFormation takes as an answer, in bytes. */
const ANSWER_LIMIT = 4096;
/** Kept for cleaning up (its first quarter) and for answering; half of the time where the function has less than two minutes. */
const ANSWER_MARGIN = 60_000;
/** The control plane holds an answer for 20 s if asked to, and takes 5 s more at most. */
const CALL_TIMEOUT = 30_000;
const ANSWER_TIMEOUT = 5_000;
const ANSWER_TRIES = 5;
/** A trust policy that the same deployment has just mended can still be seen as it was: IAM takes seconds to know. */
const UNTRUSTED_PATIENCE = 15_000;
const LONGEST_BACKOFF = 15_000;
const LONGEST_RETRY_AFTER = 60_000;
const LONGEST_POLL = 10_000;

/** A failure that was foreseen, told in sentences, the most important first. */
class Failure extends Error {
  constructor(
    readonly sentences: readonly string[],
    /** The control plane's code, where it is a refusal of its. */
    readonly code?: string,
  ) {
    super("refused");
  }
}

/** The entry point of the Lambda function. */
export const handler = (event: CustomResourceEvent, context: InvocationContext): Promise<void> =>
  handle(event, context, {
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    timeout: (ms) => AbortSignal.timeout(Math.ceil(ms)),
    random: Math.random,
    readSecret: readFromSecretsManager,
    log: (line) => console.log(line),
  });

/**
 * Does what an event asks for, and answers it.
 * @throws Where CloudFormation could not be answered: Lambda then repeats the whole event.
 */
export async function handle(
  event: CustomResourceEvent,
  context: InvocationContext,
  platform: Platform,
): Promise<void> {
  const left = context.getRemainingTimeInMillis();
  const margin = Math.min(ANSWER_MARGIN, left / 2);
  const deadline = platform.now() + left - margin;
  const run: Run = {
    event,
    platform,
    started: platform.now(),
    deadline,
    margin,
    secrets: new Set(),
  };
  for (const properties of [event.ResourceProperties, event.OldResourceProperties]) {
    keepSecret(run, properties?.["ApiKey"]);
    keepSecret(run, properties?.["ExecutionRoleExternalId"]);
  }

  // Every wait below ends by the deadline. The guard is for what is not foreseen.
  const guard = new Promise<string>((resolve) => {
    const alarm = platform.timeout(left - margin + margin / 3);
    alarm.addEventListener("abort", () => resolve(failed(run, [timeIsUp(run)])), { once: true });
  });
  await send(run, await Promise.race([work(run), guard]));
}

async function work(run: Run): Promise<string> {
  try {
    await readApiKeys(run);
    const { id, data } = await dispatch(run);
    return body(
      run,
      { Status: "SUCCESS", PhysicalResourceId: id, ...(data && { Data: data }) },
      [],
    );
  } catch (error) {
    return failed(run, [...sentencesOf(error), ...adviceOfDeletion(run)]);
  }
}

function sentencesOf(error: unknown): string[] {
  return error instanceof Failure
    ? [...error.sentences]
    : [`The handler failed in a way that was not foreseen: ${String(error)}.`];
}

async function dispatch(run: Run): Promise<Done> {
  const { RequestType: type, ResourceType: resource, PhysicalResourceId: id } = run.event;
  if (!["Create", "Update", "Delete"].includes(type) || (type !== "Create" && !id)) {
    throw new Failure(["The event is none of CloudFormation: RequestType or PhysicalResourceId."]);
  }
  if (type === "Delete" && id === NOTHING_CREATED) {
    return { id };
  }
  switch (resource) {
    case "Custom::ButtonizeExternalIdGenerator":
      return type === "Delete" ? { id: id! } : generateExternalId(run);
    case "Custom::ButtonizeExternalId":
      return type === "Delete" ? { id: id! } : takeExternalId(run);
    case "Custom::ButtonizeApp":
      return type === "Create"
        ? registerApp(run)
        : type === "Update"
          ? replaceApp(run, id!)
          : deleteApp(run, id!);
    default:
      throw new Failure([
        `This function does not know the resource type '${resource}'. Use the constructs and the function of the same version.`,
      ]);
  }
}

// ---- API keys in Secrets Manager

/** `{{resolve:secretsmanager:<name or ARN>:SecretString:<JSON member>:<stage>:<version>}}`; what follows the name may be left out. */
const REFERENCE =
  /^\{\{resolve:secretsmanager:(.+?)(?::SecretString(?::([^:}]*))?(?::([^:}]*))?(?::([^:}]*))?)?\}\}$/;

/**
 * Puts the API keys themselves into the event. CloudFormation does not put the value of a secret into a custom resource: it passes the
 * reference on as it is. The former key is worth a try only; it may be gone.
 */
async function readApiKeys(run: Run): Promise<void> {
  const { ResourceProperties: properties, OldResourceProperties: old } = run.event;
  if (run.event.RequestType === "Delete" && !isAppId(run.event.PhysicalResourceId)) {
    return;
  }
  const key = await apiKeyOf(run, properties);
  const oldKey = old && (await apiKeyOf(run, old).catch(() => undefined));
  run.event = {
    ...run.event,
    ResourceProperties: { ...properties, ApiKey: key },
    ...(old && { OldResourceProperties: { ...old, ApiKey: oldKey } }),
  };
}

async function apiKeyOf(run: Run, { ApiKey: given }: Properties): Promise<unknown> {
  const [, id, member, stage, version] =
    REFERENCE.exec(typeof given === "string" ? given : "") ?? [];
  if (id === undefined) {
    return given;
  }
  const secret = {
    SecretId: id,
    ...(stage && { VersionStage: stage }),
    ...(version && { VersionId: version }),
  };
  let text: string | undefined;
  try {
    text = await readPatiently(run, secret);
  } catch (error) {
    throw new Failure([
      `The secret '${id}' with the API key could not be read (${faultOf(error)}). It must be in Secrets Manager in the account and Region of the stack, and this function's role must be allowed to decrypt it.`,
    ]);
  }
  keepSecret(run, text);
  const key = member ? parsed(text ?? "")?.[member] : text?.trim();
  if (typeof key !== "string" || key === "") {
    throw new Failure([
      `The secret '${id}' has no text${member ? ` in its member '${member}'` : ""}. Put the API key there.`,
    ]);
  }
  keepSecret(run, key);
  return key;
}

/** IAM takes some seconds to know the policy that lets this function read the secret: it is as new as the stack. */
async function readPatiently(
  { platform }: Run,
  secret: SecretReference,
): Promise<string | undefined> {
  for (let pause = 2_000; ; pause *= 2) {
    try {
      return await platform.readSecret(secret);
    } catch (error) {
      if (faultOf(error) === "ResourceNotFoundException" || pause > LONGEST_RETRY_AFTER / 2) {
        throw error;
      }
    }
    await platform.sleep(pause);
  }
}

/** By the AWS SDK that Lambda's Node.js runtimes have: nothing is deployed with this file. */
async function readFromSecretsManager(secret: SecretReference): Promise<string | undefined> {
  const sdk = require("@aws-sdk/client-secrets-manager") as {
    SecretsManager: new () => {
      getSecretValue(input: SecretReference): Promise<{ SecretString?: string }>;
    };
  };
  return (await new sdk.SecretsManager().getSecretValue(secret)).SecretString;
}

// ---- External IDs

/**
 * 160 random bits. An update has to make them anew, for there is no way to get at the old ones; so this resource has no property but the
 * function, and the construct must never give it another.
 */
function generateExternalId(run: Run): Done {
  const secret = randomBytes(20).toString("hex");
  keepSecret(run, secret);
  return { id: `external-id-${run.event.RequestId}`, data: { SecretValue: secret } };
}

/**
 * An External ID of the control plane. It has to outlive a rotated API key, or the role would refuse until everything is updated; but
 * CloudFormation does not hand attributes back to an update. So it travels in the physical id, sealed under the API key, together with
 * that of the control plane before, for a rollback. The physical id changes with the key; to delete the former one is nothing to do,
 * for the control plane drops what is not used.
 *
 * A repeated creation gets another External ID than the first. Only one answer counts, and the rest of the stack is given that one.
 */
async function takeExternalId(run: Run): Promise<Done> {
  const { PhysicalResourceId: sealed, OldResourceProperties: old } = run.event;
  const plane = new ControlPlane(run, run.event.ResourceProperties);
  // The present key opens it in a rollback, where CloudFormation may come with the physical id from before the update.
  const present = open(sealed, plane.apiKey);
  const known = present ?? open(sealed, old?.["ApiKey"]) ?? {};
  Object.values(known).forEach((externalId) => keepSecret(run, externalId));
  const kept = known[plane.url];
  if (kept !== undefined && present !== undefined) {
    return { id: sealed!, data: { SecretValue: kept } };
  }
  const externalId =
    kept ?? (await plane.call("POST", "/v1/external-ids", { body: {} }))["externalId"];
  if (typeof externalId !== "string" || externalId === "") {
    throw plane.strange("POST /v1/external-ids", "without 'externalId'");
  }
  keepSecret(run, externalId);
  const former = Object.entries(known).filter(([url]) => url !== plane.url);
  const both = Object.fromEntries([[plane.url, externalId], ...former.slice(0, 1)]);
  return { id: seal(both, plane.apiKey), data: { SecretValue: externalId } };
}

/** External IDs by control plane, the present one first. */
type ExternalIds = Readonly<Record<string, string>>;
const SEALED = "external-id-sealed-";

function sealingKey(apiKey: string): Buffer {
  return Buffer.from(hkdfSync("sha256", apiKey, "", "buttonize external id", 32));
}

function seal(externalIds: ExternalIds, apiKey: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(apiKey), iv);
  const text = cipher.update(JSON.stringify(externalIds), "utf8");
  const sealed = [iv, text, cipher.final(), cipher.getAuthTag()];
  return SEALED + Buffer.concat(sealed).toString("base64url");
}

/** What was sealed under this key; undefined where nothing was. */
function open(id: string | undefined, apiKey: unknown): ExternalIds | undefined {
  if (!id?.startsWith(SEALED) || typeof apiKey !== "string") {
    return undefined;
  }
  try {
    const sealed = Buffer.from(id.slice(SEALED.length), "base64url");
    const cipher = createDecipheriv("aes-256-gcm", sealingKey(apiKey), sealed.subarray(0, 12), {
      authTagLength: 16,
    });
    cipher.setAuthTag(sealed.subarray(-16));
    const text = cipher.update(sealed.subarray(12, -16), undefined, "utf8") + cipher.final("utf8");
    return JSON.parse(text) as ExternalIds;
  } catch {
    return undefined;
  }
}

// ---- Apps

async function registerApp(run: Run): Promise<Done> {
  const plane = new ControlPlane(run, run.event.ResourceProperties);
  // CloudFormation's id of the request makes every repetition of this event the same registration.
  const idempotencyKey = run.event.RequestId;
  const body = appOf(run.event.ResourceProperties);
  const app = await plane.call("POST", "/v1/apps?wait=20", { body, idempotencyKey });
  if (!isAppId(app["appId"])) {
    throw plane.strange("POST /v1/apps", "without 'appId'");
  }
  run.registered = app["appId"];
  await proven(plane, run.registered, app, () => false);
  return { id: run.registered, data: { AppId: run.registered } };
}

async function replaceApp(run: Run, id: string): Promise<Done> {
  const { ResourceProperties: properties, OldResourceProperties: old = {} } = run.event;
  const plane = new ControlPlane(run, properties);
  const wanted = appOf(properties);
  const sameExternalId = old["ExecutionRoleExternalId"] === properties["ExecutionRoleExternalId"];
  // Also where the address has changed: it may be another name of the same control plane.
  const app = isAppId(id) ? await replaced(plane, id, wanted, sameExternalId) : undefined;
  if (app === undefined) {
    return registerAnew(run, plane);
  }

  // A rollback asks for what serves already, perhaps while the replacement that failed is still pending; so does a change of the API
  // key alone. The call above has put what is wanted in that replacement's place. What AWS says about the role by now (somebody
  // may have changed it by hand) is no reason to fail: a rollback that fails is worse, and nothing is different from before.
  await proven(plane, id, app, (now) => sameExternalId && serves(now, wanted));
  return { id, data: { AppId: id } };
}

/**
 * The app with what is wanted put in its place; undefined where there is no such app. Where its role has been opened since, the control
 * plane has stopped it and takes no replacement; if exactly what is wanted is what it has, there is nothing to replace: a rollback must not
 * fail on that.
 */
async function replaced(
  plane: ControlPlane,
  id: string,
  wanted: Json,
  sameExternalId: boolean,
): Promise<Json | undefined> {
  try {
    return await plane.find("PUT", `/v1/apps/${id}?wait=20`, { body: wanted });
  } catch (error) {
    if (sameExternalId && error instanceof Failure && error.code === "trust_check_failed") {
      const app = await plane.call("GET", `/v1/apps/${id}`);
      if (isDefinedAs(app, wanted)) {
        return { ...app, verification: { status: "verified" }, pendingReplacement: null };
      }
    }
    throw error;
  }
}

/**
 * For an app that is gone, of another organization, or at another control plane. CloudFormation sees a new physical id, and later
 * deletes the old one with the old properties. Where this fails, it knows of the old one only, so the new one is deleted here.
 */
async function registerAnew(run: Run, plane: ControlPlane): Promise<Done> {
  try {
    return await registerApp(run);
  } catch (error) {
    const sentences = sentencesOf(error);
    if (run.event.OldResourceProperties?.["ApiKey"] !== plane.apiKey) {
      sentences.push(
        "If the new API key is of another organization: a role and its External ID stay with the first one, so deploy the app under a new construct id with a new External ID.",
      );
    }
    if (run.registered !== undefined) {
      const path = `/v1/apps/${run.registered}`;
      const until = run.deadline + run.margin / 4;
      await deleteUnproven(plane, path, until).catch(() => {
        sentences.push(`The app registered for it could not be deleted again: DELETE ${path}.`);
      });
    }
    throw new Failure(sentences);
  }
}

/** What is proven has another run of this same event made and told CloudFormation of. */
async function deleteUnproven(plane: ControlPlane, path: string, until: number): Promise<void> {
  const app = await plane.call("GET", path, { until });
  if (record(app["verification"])?.["status"] !== "verified") {
    await plane.call("DELETE", path, { until });
  }
}

async function deleteApp(run: Run, id: string): Promise<Done> {
  // Whatever else is in a physical id was never an app: CloudFormation makes one up for a creation that was never answered.
  if (isAppId(id)) {
    await new ControlPlane(run, run.event.ResourceProperties).find("DELETE", `/v1/apps/${id}`);
  }
  return { id };
}

/** Waits until AWS has said what it makes of the role: at most 10 minutes where it refuses, longer where it does not answer. */
async function proven(
  plane: ControlPlane,
  id: string,
  first: Json,
  isEnough: (app: Json) => boolean,
): Promise<void> {
  const { run } = plane;
  let app = first;
  for (let pause = 2_000; ; pause = Math.min(pause * 1.5, LONGEST_POLL)) {
    // While a replacement is pending, the app itself is what serves until then.
    const replacement = record(app["pendingReplacement"]);
    const verdict = record((replacement ?? app)["verification"]);
    const status = verdict?.["status"];
    if (!verdict || typeof status !== "string") {
      throw plane.strange("The app", "without 'verification'");
    }
    if ((status === "verified" && !replacement) || isEnough(app)) {
      return;
    }
    if (status === "failed") {
      throw new Failure([
        `The trust policy of the role is not as it has to be.`,
        ...findings(verdict),
        "Mend it and deploy again.",
      ]);
    }
    if (run.platform.now() + pause >= run.deadline) {
      const seconds = Math.round((run.platform.now() - run.started) / 1000);
      throw new Failure([
        `AWS has not confirmed the trust policy of the role within ${seconds} s.`,
        ...findings(verdict),
        "Mend what the checks name and deploy again; if they name nothing, ask the control plane's operator whether it reaches AWS STS.",
      ]);
    }
    await run.platform.sleep(pause);
    app = await plane.call("GET", `/v1/apps/${id}`);
  }
}

function appOf(properties: Properties): Json {
  return {
    name: text(properties, "Name"),
    description: properties["Description"] ?? "",
    stage: text(properties, "Stage"),
    tags: properties["Tags"] ?? [],
    executionRoleArn: text(properties, "ExecutionRoleArn"),
    externalId: text(properties, "ExecutionRoleExternalId"),
    region: text(properties, "Region"),
    functionArns: properties["FunctionArns"] ?? [],
    // CloudFormation makes texts of all properties.
    restrictSessionToFunctions: String(properties["RestrictSessionToFunctions"]) === "true",
  };
}

/** Whether an app serves exactly as it is wanted. */
function serves(app: Json, wanted: Json): boolean {
  return record(app["verification"])?.["status"] === "verified" && isDefinedAs(app, wanted);
}

/** Whether an app is registered exactly as it is wanted; its External ID is never told. */
function isDefinedAs(app: Json, wanted: Json): boolean {
  return Object.keys(wanted).every(
    (member) =>
      member === "externalId" || JSON.stringify(app[member]) === JSON.stringify(wanted[member]),
  );
}

// ---- The control plane

interface CallOptions {
  readonly body?: Json;
  readonly idempotencyKey?: string;
  /** When to give up; the run's deadline by default. */
  readonly until?: number;
}

/** What came back from one try: a status and perhaps JSON, or 0 and why there is nothing. */
interface Reply {
  readonly status: number;
  readonly body?: Json | undefined;
  /** Milliseconds. */
  readonly retryAfter?: number;
  readonly fault?: string;
}

class ControlPlane {
  readonly url: string;
  readonly apiKey: string;

  constructor(
    readonly run: Run,
    properties: Properties,
  ) {
    const url = normalUrl(properties["ControlPlaneUrl"]);
    if (url === undefined) {
      throw new Failure([
        "'controlPlaneUrl' must be the https address of a control plane, such as https://buttonize.example.com, without user, query and fragment.",
      ]);
    }
    this.url = url;
    this.apiKey = text(properties, "ApiKey");
    if (!/^[\x21-\x7e]+$/.test(this.apiKey)) {
      throw new Failure([
        "The API key has characters that no API key has, such as a space or a line break. Give 'apiKey' the key alone.",
      ]);
    }
  }

  /** The body of the answer. What may pass is tried again until the deadline; a refusal fails at once. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Json> {
    const { now, sleep, random } = this.run.platform;
    const until = options.until ?? this.run.deadline;
    const started = now();
    for (let backoff = 1_000; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF)) {
      const reply = await this.#once(method, path, options, until);
      const isYoung = now() - started < UNTRUSTED_PATIENCE;
      if (!mayPass(reply) && !(isYoung && reply.body?.["code"] === "trust_check_failed")) {
        return this.#accepted(`${method} ${path}`, reply);
      }
      // With jitter, so that the resources of many stacks do not come back all at once.
      const least = Math.max(backoff, Math.min(reply.retryAfter ?? 0, LONGEST_RETRY_AFTER));
      const pause = least * (1 + random() / 2);
      if (now() + pause >= until) {
        throw this.#unreachable(`${method} ${path}`, reply, now() - started);
      }
      await sleep(pause);
    }
  }

  /** The same; undefined where the control plane itself says that there is no such thing. */
  async find(method: string, path: string, options?: CallOptions): Promise<Json | undefined> {
    try {
      return await this.call(method, path, options);
    } catch (error) {
      if (error instanceof Failure && error.code === "not_found") {
        return undefined;
      }
      throw error;
    }
  }

  /** An answer that no control plane gives. */
  strange(what: string, how: string): Failure {
    return new Failure([
      `${what} was answered ${how}, so ${this.url} is hardly a Buttonize control plane. Check 'controlPlaneUrl'.`,
    ]);
  }

  async #once(
    method: string,
    path: string,
    { body, idempotencyKey }: CallOptions,
    until: number,
  ): Promise<Reply> {
    const { platform } = this.run;
    let reply: Reply;
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          ...(body && { "content-type": "application/json" }),
          ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // Nothing is sent to where a redirect leads; seen as an answer, it can be told from a fault of the network.
        redirect: "manual",
        signal: platform.timeout(Math.max(1, Math.min(CALL_TIMEOUT, until - platform.now()))),
      });
      reply = {
        status: response.status,
        body: parsed(await response.text()),
        retryAfter: Number(response.headers.get("retry-after")) * 1_000 || 0,
      };
    } catch (error) {
      reply = { status: 0, fault: faultOf(error) };
    }
    const { status, fault, body: { code, traceId } = {} } = reply;
    log(this.run, { method, path, status, fault, code, traceId });
    return reply;
  }

  #accepted(call: string, { status, body }: Reply): Json {
    if (status === 204) {
      return {};
    }
    if (status >= 200 && status < 300) {
      if (body === undefined) {
        throw this.strange(call, "by something that is not JSON");
      }
      return body;
    }
    if (status < 400) {
      throw this.strange(call, `by a redirect (${status}), which is not followed`);
    }
    const { code } = body ?? {};
    if (typeof code !== "string") {
      throw this.strange(call, `${status} without an error code`);
    }
    const sentences = [
      `The control plane refused ${call} (${status} ${code}).`,
      ...findings(body!),
      ...(ADVICE[code] ?? []),
      ...fieldErrors(body!),
      ...(typeof body!["traceId"] === "string" ? [`(traceId ${body!["traceId"]})`] : []),
    ];
    throw new Failure(sentences, code);
  }

  #unreachable(call: string, last: Reply, after: number): Failure {
    const { code, detail } = last.body ?? {};
    const what = last.fault ?? [last.status, code].filter(Boolean).join(" ");
    return new Failure([
      `The control plane at ${this.url} did not serve ${call} within ${Math.round(after / 1000)} s; at last: ${what}.`,
      ...(typeof detail === "string" ? [detail] : []),
      `Check that ${this.url}/health/ready answers and can be reached from this Lambda function, and deploy again.`,
      // The answer can be lost on its way back.
      ...(call.startsWith("POST /v1/apps")
        ? ["The app may be registered all the same: if GET /v1/apps shows it, delete it there."]
        : []),
    ]);
  }
}

/** What to do beyond what the control plane's own `detail` says. */
const ADVICE: Readonly<Record<string, readonly string[]>> = {
  unauthenticated: [
    "Check 'apiKey'. A key that is replaced has to live until the deployment that replaces it is complete.",
  ],
  idempotency_key_reused: ["An earlier try of this same event was undone already. Deploy again."],
};

/** Whether another try makes sense: no answer, overload, a fault of the server, or an earlier try still at work. */
function mayPass({ status, body }: Reply): boolean {
  return (
    [0, 408, 429].includes(status) ||
    status >= 500 ||
    (status === 409 && body?.["code"] === "request_in_progress")
  );
}

/** What checks found, failed ones first: their details have the statement to paste. */
function findings(verdict: Json): string[] {
  const checks = list(verdict["checks"]);
  const told = (passed: boolean | null, how: string): string[] =>
    checks
      .filter((check) => check["passed"] === passed)
      .map((check) => `Check '${String(check["name"])}' ${how}: ${String(check["detail"])}`);
  return [
    ...told(false, "failed"),
    ...(typeof verdict["detail"] === "string" ? [verdict["detail"]] : []),
    ...told(null, "is undecided"),
  ];
}

function fieldErrors(problem: Json): string[] {
  return Object.entries(record(problem["errors"]) ?? {}).map(
    ([member, messages]) =>
      `${member}: ${Array.isArray(messages) ? messages.join(" ") : String(messages)}`,
  );
}

// ---- CloudFormation

/** The answer to a failure, under the physical id by which CloudFormation will delete what there is to delete. */
function failed(run: Run, sentences: readonly string[]): string {
  const { RequestType, PhysicalResourceId } = run.event;
  const id = RequestType === "Create" ? run.registered : PhysicalResourceId;
  return body(run, { Status: "FAILED", PhysicalResourceId: id ?? NOTHING_CREATED }, sentences);
}

/** The answer as JSON, with as many of the sentences as fit, the first ones first. */
function body(run: Run, answer: Answer, sentences: readonly string[]): string {
  const { StackId, RequestId, LogicalResourceId, ResourceType } = run.event;
  const rest = {
    ...answer,
    StackId,
    RequestId,
    LogicalResourceId,
    NoEcho: ResourceType !== "Custom::ButtonizeApp",
  };
  let reason = "";
  for (const sentence of sentences.map((s) => redact(run, s))) {
    // Of a sentence that is too long, the statements in it are what counts.
    const forms = [sentence, /\{.*\}/s.exec(sentence)?.[0] ?? "", `${sentence.slice(0, 300)}…`];
    reason =
      forms
        .filter((form) => form !== "")
        .map((form) => (reason === "" ? form : `${reason} ${form}`))
        .find((longer) => bytesOf({ ...rest, Reason: longer }) <= ANSWER_LIMIT) ?? reason;
  }
  return JSON.stringify(answer.Status === "FAILED" ? { ...rest, Reason: reason } : rest);
}

function bytesOf(json: Json): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/** A stack must not be stuck for good with a key that nobody has any more. */
function adviceOfDeletion({ event }: Run): string[] {
  return event.RequestType === "Delete"
    ? [
        `Delete again once that is mended; or retain this resource when you delete the stack, and delete the app with another API key of the organization: DELETE /v1/apps/${event.PhysicalResourceId}.`,
      ]
    : [];
}

function timeIsUp(run: Run): string {
  const left = run.registered === undefined ? "" : ` The app '${run.registered}' is registered.`;
  return `The function's time was up before the work was done.${left} Deploy again.`;
}

async function send(run: Run, answer: string): Promise<void> {
  const { platform, event } = run;
  const url = safeUrl(event.ResponseURL);
  if (url === undefined) {
    throw new Error("The event has no ResponseURL with https, so nobody can be answered.");
  }
  for (let attempt = 0; attempt < ANSWER_TRIES; attempt++) {
    if (attempt > 0) {
      await platform.sleep(500 * 2 ** attempt);
    }
    let line: Json;
    try {
      const response = await fetch(url, {
        method: "PUT",
        // The URL is signed for an empty content type. As bytes, the body gets no other, and its length is sent.
        headers: { "content-type": "" },
        body: Buffer.from(answer),
        redirect: "error",
        signal: platform.timeout(ANSWER_TIMEOUT),
      });
      await response.arrayBuffer();
      line = { status: response.status };
    } catch (error) {
      line = { status: 0, fault: faultOf(error) };
    }
    // Without the URL: whoever has it can answer.
    log(run, { method: "PUT", path: "ResponseURL", ...line });
    if (Math.floor(Number(line["status"]) / 100) === 2) {
      return;
    }
  }
  throw new Error("CloudFormation could not be answered; Lambda will run this event again.");
}

// ---- Small things

function keepSecret(run: Run, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") {
    run.secrets.add(value).add(value.trim()).add(encodeURIComponent(value));
  }
}

function redact(run: Run, told: string): string {
  return [...run.secrets].reduce((safe, secret) => safe.replaceAll(secret, "[redacted]"), told);
}

function log(run: Run, line: Json): void {
  run.platform.log(redact(run, JSON.stringify(line)));
}

/** Why a call got no answer, by code or name only: messages can quote what was sent. */
function faultOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  return String(cause?.code ?? name ?? "unknown fault");
}

function text(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== "string" || value === "") {
    throw new Failure([`The property '${name}' of the custom resource is missing or no text.`]);
  }
  return value;
}

function record(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(record).filter((item) => item !== undefined) : [];
}

function parsed(json: string): Json | undefined {
  try {
    return record(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** Ids of the control plane are 21 characters of this alphabet. */
function isAppId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{21}$/.test(value);
}

/** An address that secrets may be sent to: https, or this machine. */
function safeUrl(value: unknown): URL | undefined {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const local =
    url?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url?.protocol === "https:" || local ? url : undefined;
}

/** The address of a control plane, without a slash at its end; undefined where it cannot be one. */
function normalUrl(value: unknown): string | undefined {
  const url = safeUrl(value);
  return url && !url.username && !url.password && !url.search && !url.hash
    ? url.href.replace(/\/+$/, "")
    : undefined;
}
