import { SecretValue } from "aws-cdk-lib";
import { Construct } from "constructs";
import {
  apiKeyText,
  ButtonizeApiKeyContextKey,
  ButtonizeControlPlaneAccountIdContextKey,
  ButtonizeControlPlaneRoleArnContextKey,
  ButtonizeControlPlaneUrlContextKey,
  ButtonizeExternalIdContextKey,
  ButtonizeExternalIdSourceContextKey,
  ButtonizeStageContextKey,
  ButtonizeTagsContextKey,
  ExternalIdSource,
  writeSetting,
} from "./context";

/** What holds for all apps below a construct. */
export interface ButtonizeInitProps {
  /**
   * The API key that registers the apps, from `POST /v1/organizations/{organizationId}/api-keys`.
   *
   * Give `SecretValue.secretsManager("name of the secret")`, or the value of a `CfnParameter` with `noEcho`. A literal key works, but everybody who
   * may read the template can read it; synthesis warns about it, and finds a typo in it.
   */
  readonly apiKey: string | SecretValue;

  /**
   * One External ID for all apps: 20 to 1,224 characters of `A-Za-z0-9_+=,.@:/-`, at least 8 different ones.
   *
   * @default each app has its own, from {@link ButtonizeInitProps.externalIdSource}
   */
  readonly externalId?: string;

  /**
   * Stage of the apps, 1 to 32 characters.
   *
   * @default "production"
   */
  readonly stage?: string;

  /**
   * Tags that all apps get besides their own.
   *
   * @default none
   */
  readonly tags?: string[];

  /**
   * Address of the control plane, such as `https://buttonize.example.com`. `http` is for loopback hosts only.
   *
   * @default the context value `@buttonize/controlPlaneUrl`
   */
  readonly controlPlaneUrl?: string;

  /**
   * The AWS account that the control plane runs in, 12 digits. The execution roles trust this account.
   *
   * @default the context value `@buttonize/controlPlaneAccountId`
   */
  readonly controlPlaneAccountId?: string;

  /**
   * The one role of the control plane's account that may use the execution roles.
   *
   * It becomes a condition on `aws:PrincipalArn` and not the principal of the trust policy: IAM stores a role that is a principal by its unique id,
   * so if the control plane's role were ever deleted and made anew, every trust policy would stop working although the ARN is the same. The
   * condition compares the ARN as text.
   *
   * @default any principal of the account that the account's own policies allow to
   */
  readonly controlPlaneRoleArn?: string;

  /**
   * Where the External IDs of the apps come from.
   *
   * @default ExternalIdSource.CONTROL_PLANE
   */
  readonly externalIdSource?: ExternalIdSource;
}

/**
 * Settings of all apps below a construct, kept on the construct tree.
 *
 * @example
 * ```ts
 * Buttonize.init(this, {
 *   apiKey: SecretValue.secretsManager("buttonize/api-key"),
 *   controlPlaneUrl: "https://buttonize.example.com",
 *   controlPlaneAccountId: "111122223333",
 * });
 * ```
 */
export abstract class Buttonize {
  /**
   * Sets what holds for all apps below `scope`: a stack, a stage or the whole CDK app. What is not given comes from further up, or from
   * the context (`cdk.json`, `--context`). Call it before the apps are made; values are checked at synthesis, by the apps that use them.
   */
  static init(scope: Construct, props: ButtonizeInitProps): void {
    Buttonize.setApiKey(scope, props.apiKey);
    const others: Readonly<Record<string, unknown>> = {
      [ButtonizeExternalIdContextKey]: props.externalId,
      [ButtonizeStageContextKey]: props.stage,
      [ButtonizeTagsContextKey]: props.tags,
      [ButtonizeControlPlaneUrlContextKey]: props.controlPlaneUrl,
      [ButtonizeControlPlaneAccountIdContextKey]: props.controlPlaneAccountId,
      [ButtonizeControlPlaneRoleArnContextKey]: props.controlPlaneRoleArn,
      [ButtonizeExternalIdSourceContextKey]: props.externalIdSource,
    };
    for (const [key, value] of Object.entries(others)) {
      if (value !== undefined) {
        writeSetting(scope, key, value);
      }
    }
  }

  /** Sets {@link ButtonizeInitProps.apiKey} only. */
  static setApiKey(scope: Construct, apiKey: string | SecretValue): void {
    writeSetting(scope, ButtonizeApiKeyContextKey, apiKeyText(apiKey));
  }

  /** Sets {@link ButtonizeInitProps.externalId} only. */
  static setExternalId(scope: Construct, externalId: string): void {
    writeSetting(scope, ButtonizeExternalIdContextKey, externalId);
  }

  /** Sets {@link ButtonizeInitProps.stage} only. */
  static setStage(scope: Construct, stage: string): void {
    writeSetting(scope, ButtonizeStageContextKey, stage);
  }

  /** Sets {@link ButtonizeInitProps.tags} only. */
  static setTags(scope: Construct, tags: string[]): void {
    writeSetting(scope, ButtonizeTagsContextKey, tags);
  }
}
