import { SecretValue, Token } from "aws-cdk-lib";
import { Construct, IConstruct } from "constructs";

/** Context key of the API key; see {@link ButtonizeInitProps.apiKey}. */
export const ButtonizeApiKeyContextKey = "@buttonize/apiKey";
/** Context key of the External ID; see {@link ButtonizeInitProps.externalId}. */
export const ButtonizeExternalIdContextKey = "@buttonize/externalId";
/** Context key of the stage; see {@link ButtonizeInitProps.stage}. */
export const ButtonizeStageContextKey = "@buttonize/stage";
/** Context key of the tags; see {@link ButtonizeInitProps.tags}. */
export const ButtonizeTagsContextKey = "@buttonize/tags";
/** Context key of the control plane's address; see {@link ButtonizeInitProps.controlPlaneUrl}. */
export const ButtonizeControlPlaneUrlContextKey = "@buttonize/controlPlaneUrl";
/** Context key of the control plane's account; see {@link ButtonizeInitProps.controlPlaneAccountId}. */
export const ButtonizeControlPlaneAccountIdContextKey = "@buttonize/controlPlaneAccountId";
/** Context key of the control plane's role; see {@link ButtonizeInitProps.controlPlaneRoleArn}. */
export const ButtonizeControlPlaneRoleArnContextKey = "@buttonize/controlPlaneRoleArn";
/** Context key of where External IDs come from; see {@link ButtonizeInitProps.externalIdSource}. */
export const ButtonizeExternalIdSourceContextKey = "@buttonize/externalIdSource";

/** Where the External ID of an app comes from, unless it is given. */
export enum ExternalIdSource {
  /** The control plane makes it, at least 160 random bits, for the API key's organization only. The default. */
  CONTROL_PLANE = "control-plane",
  /** A custom resource makes it in your account while the stack is deployed. */
  GENERATED = "generated",
}

/** What the apps below a construct are made with. Every value may be missing or wrong: the apps report it at synthesis. */
export interface Settings {
  readonly apiKey: string | undefined;
  readonly externalId: string | undefined;
  readonly stage: string | undefined;
  readonly tags: unknown;
  readonly controlPlaneUrl: string | undefined;
  readonly controlPlaneAccountId: string | undefined;
  readonly controlPlaneRoleArn: string | undefined;
  readonly externalIdSource: string;
}

/** Settings that `Buttonize.init` made for all apps below the construct that this is a child of, by context key. */
class SettingsNode extends Construct {
  static readonly id = "ButtonizeSettings";
  readonly values = new Map<string, unknown>();
}

/** Sets one setting for all apps below a construct. */
export function writeSetting(scope: Construct, key: string, value: unknown): void {
  const node = findSettings(scope) ?? new SettingsNode(scope, SettingsNode.id);
  node.values.set(key, value);
}

/** Reads the settings that hold for a construct: each from the nearest `Buttonize.init` above it that has it, else from the context. */
export function readSettings(scope: IConstruct): Settings {
  const nodes = scope.node.scopes.map(findSettings).reverse();
  const read = (key: string): unknown =>
    nodes.find((node) => node?.values.has(key))?.values.get(key) ?? scope.node.tryGetContext(key);
  const text = (key: string): string | undefined => {
    const value = read(key);
    // Context from cdk.json can be of any type: an account without quotes is a number.
    return value === undefined || value === null ? undefined : String(value);
  };
  return {
    apiKey: text(ButtonizeApiKeyContextKey),
    externalId: text(ButtonizeExternalIdContextKey),
    stage: text(ButtonizeStageContextKey),
    tags: read(ButtonizeTagsContextKey),
    controlPlaneUrl: text(ButtonizeControlPlaneUrlContextKey),
    controlPlaneAccountId: text(ButtonizeControlPlaneAccountIdContextKey),
    controlPlaneRoleArn: text(ButtonizeControlPlaneRoleArnContextKey),
    externalIdSource: text(ButtonizeExternalIdSourceContextKey) ?? ExternalIdSource.CONTROL_PLANE,
  };
}

function findSettings(scope: IConstruct): SettingsNode | undefined {
  return scope.node.tryFindChild(SettingsNode.id) as SettingsNode | undefined;
}

/**
 * The text of an API key: itself, or the token of a secret, which becomes a reference in the template and never the value.
 */
export function apiKeyText(apiKey: string | SecretValue): string {
  // Without this, aws-cdk-lib refuses to put any reference to a secret into a custom resource.
  return typeof apiKey === "string" ? apiKey : apiKey.unsafeUnwrap();
}

/** Whether a text can be judged now; what only CloudFormation knows cannot. */
export function isKnown(text: string): boolean {
  return !Token.isUnresolved(text);
}
