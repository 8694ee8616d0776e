import { Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import { readApiKey } from "./api-key";
import { ExternalIdSource, isKnown, Settings } from "./context";
import { checkControlPlane } from "./control-plane";
import { checkDescription, checkExternalId, checkTags, checkText, Limits } from "./limits";

/** What an app is called and sorted by. */
export interface AppDefinition {
  readonly name: string;
  readonly description: string;
  readonly stage: string;
  readonly tags: readonly string[];
}

/** What of an app's properties goes into its definition. */
export interface AppDefinitionProps {
  readonly name?: string;
  readonly description?: string;
  readonly stage?: string;
  readonly tags?: string[];
}

/** The definition of an app: its own properties, else the settings, else the defaults. */
export function defineApp(
  scope: Construct,
  props: AppDefinitionProps,
  settings: Settings,
): AppDefinition {
  const shared = isTextList(settings.tags) ? settings.tags : [];
  const tags = [...(props.tags ?? []), ...shared].filter((tag) => tag !== "");
  return {
    name: props.name ?? `${Stack.of(scope).stackName} ${scope.node.id}`,
    description: props.description ?? "",
    stage: props.stage ?? settings.stage ?? "production",
    tags: [...new Set(tags)],
  };
}

/** What of the settings and the definition the control plane would refuse. */
export function checkApp(
  scope: Construct,
  app: AppDefinition,
  settings: Settings,
  apiKey: string | undefined,
): string[] {
  return [
    ...checkControlPlane(settings),
    ...checkAccount(scope, settings),
    ...checkApiKey(scope, apiKey),
    ...checkSource(settings),
    ...checkText("'name'", app.name, Limits.name),
    ...checkDescription(app.description),
    ...checkText("'stage'", app.stage, Limits.stage),
    ...checkSharedTags(settings.tags),
    ...checkTags(app.tags),
  ];
}

/** Of what a role is allowed to invoke, nothing may stand for more than one function, version or alias. */
export function checkWildcards(arns: readonly string[]): string[] {
  return (
    arns
      // What is known of an ARN with tokens in it counts too: the tokens themselves have none of these.
      .filter((arn) => /[*?]/.test(arn))
      .map(
        (arn) =>
          `The function ARN '${arn}' has a wildcard; name one function, version or alias each.`,
      )
  );
}

/** What is wrong with a list of functions for a role, whatever is known of it. */
export function checkFunctions(arns: readonly string[], restrict: boolean): string[] {
  const problems = checkWildcards(arns);
  if (arns.length > Limits.functions) {
    problems.push(
      `An app has at most ${Limits.functions} functions; it has ${arns.length}. Make several apps of it.`,
    );
  }
  if (restrict && arns.length === 0) {
    problems.push(
      "'restrictSessionToFunctions' needs functions to restrict sessions to: name them in actions or in 'functions', or turn it off.",
    );
  }
  if (restrict && shortestSessionPolicy(arns) > Limits.sessionPolicy) {
    problems.push(
      `'restrictSessionToFunctions' makes a session policy of more than ${Limits.sessionPolicy} characters, which is the most that AWS STS takes; name fewer functions, or turn it off.`,
    );
  }
  return problems;
}

/** What the control plane makes of the functions, with the shortest ARN there is for each that is not known yet. */
function shortestSessionPolicy(arns: readonly string[]): number {
  const shortest = "arn:aws:lambda:us-east-1:123456789012:function:f";
  const Resource = arns.map((arn) => (isKnown(arn) ? arn : shortest));
  const Statement = [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource }];
  return JSON.stringify({ Version: "2012-10-17", Statement }).length;
}

function checkApiKey(scope: Construct, apiKey: string | undefined): string[] {
  if (apiKey === undefined) {
    return [
      'The API key is missing. Add apiKey: SecretValue.secretsManager("name of the secret") to Buttonize.init(...) before the app is made, or to the app itself.',
    ];
  }
  const key = readApiKey(scope, apiKey);
  if (key.kind === "secure-parameter") {
    return [
      "'apiKey' is a SecureString of Parameter Store, which CloudFormation cannot use in custom resources; use SecretValue.secretsManager(...).",
    ];
  }
  return key.kind === "literal" && !key.isWellFormed
    ? [
        "'apiKey' is no API key: it must be 'btnz_' and 36 letters and digits, the last 6 of which are a checksum. Copy the key once more, whole.",
      ]
    : [];
}

/** A role of the control plane's own account would be its own deputy; the control plane refuses it. */
function checkAccount(scope: Construct, { controlPlaneAccountId }: Settings): string[] {
  return Stack.of(scope).account === controlPlaneAccountId
    ? [
        "The stack is for the control plane's own account, whose roles the control plane does not take. Deploy apps to other accounts.",
      ]
    : [];
}

function checkSource({ externalId, externalIdSource }: Settings): string[] {
  const sources = Object.values<string>(ExternalIdSource);
  if (!sources.includes(externalIdSource)) {
    return [`'externalIdSource' must be one of ${sources.map((s) => `'${s}'`).join(", ")}.`];
  }
  if (externalId === undefined) {
    return [];
  }
  return externalIdSource === ExternalIdSource.GENERATED
    ? ["'externalId' and ExternalIdSource.GENERATED exclude each other; take one of them out."]
    : checkExternalId(externalId);
}

function checkSharedTags(tags: unknown): string[] {
  return tags === undefined || isTextList(tags)
    ? []
    : [
        "The tags of Buttonize.init, or '@buttonize/tags' in cdk.json, must be a list of texts, such as [\"support\"].",
      ];
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
