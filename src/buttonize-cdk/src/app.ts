import { Annotations, CustomResource, Lazy, SecretValue, Stack } from "aws-cdk-lib";
import { IRole, Role } from "aws-cdk-lib/aws-iam";
import { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { readApiKey } from "./api-key";
import { AppDefinition, checkApp, checkFunctions, defineApp } from "./app-definition";
import { apiKeyText, readSettings, Settings } from "./context";
import { withoutTrailingSlash } from "./control-plane";
import { createExecutionRole, ExecutionRole, TrustedControlPlane } from "./execution-role";
import { grantInvoke, warnOfForeignFunctions } from "./grants";
import { HandlerFunction } from "./handler-function";
import { ButtonizeAppPageProps } from "./pages/page";
import { AppPages } from "./pages/pages";
import { ControlPlaneAccess, createExternalId, createRegistration } from "./registration";
import { BroughtRole } from "./trust/brought-role";

/** Options of an app. */
export interface ButtonizeAppProps {
  /**
   * Name of the app, 1 to 100 characters. Names need not be unique.
   *
   * @default name of the stack and id of the construct
   */
  readonly name?: string;

  /**
   * Description, up to 1,000 characters.
   *
   * @default none
   */
  readonly description?: string;

  /**
   * Stage, 1 to 32 characters.
   *
   * @default that of `Buttonize.init`, else "production"
   */
  readonly stage?: string;

  /**
   * Tags, up to 50 of 1 to 64 characters, those of `Buttonize.init` included, which are added. Groups of people are given apps by tag.
   *
   * @default those of `Buttonize.init`
   */
  readonly tags?: string[];

  /**
   * Another API key for this app; see {@link ButtonizeInitProps.apiKey}.
   *
   * @default that of `Buttonize.init`
   */
  readonly apiKey?: string | SecretValue;

  /**
   * A role you bring. The trust policy of a CDK `Role` is checked at synthesis.
   *
   * @default a role with its own External ID, that may invoke the functions of the app and nothing else
   */
  readonly executionRole?: ExecutionRole;

  /**
   * Whether sessions get a session policy that allows the app's functions only, so that a role that may do more gives no more to the browser.
   * The policy has 2,048 characters at most, which are 15 to 20 functions.
   *
   * @default false
   */
  readonly restrictSessionToFunctions?: boolean;

  /**
   * Functions of the app that no page names.
   *
   * @default those that the actions of its pages name
   */
  readonly functions?: IFunction[];
}

/**
 * An app: a role in your account that the control plane may assume in the name of a person, for the functions that the app names, and its registration.
 *
 * What is wrong with it is an error at synthesis, all at once.
 *
 * @example
 * ```ts
 * new ButtonizeApp(this, "DiscountCodes", { tags: ["support"] }).page("Start", {
 *   body: [
 *     Input.text({ id: "customer", label: "Customer" }),
 *     Input.button({
 *       label: "Generate",
 *       onClick: Action.aws.lambda.invoke(generator, { Payload: { customer: "{{customer}}" } }),
 *     }),
 *   ],
 * });
 * ```
 */
export class ButtonizeApp extends Construct {
  /** The app's id, an attribute that is known once the app is registered. */
  readonly appId: string;

  /** The role that the control plane assumes: the one you brought, or a `Role` made here. What you add to it before synthesis is checked too. */
  readonly executionRole: ExecutionRole;

  /**
   * What the handler of the stack's custom resources runs as. It needs `grantDecrypt` of a KMS key of your own, where the API key's secret is
   * encrypted with one.
   */
  get handlerRole(): IRole {
    return HandlerFunction.of(this).role;
  }

  /** The functions of the app: those that its pages' actions name, and those of {@link ButtonizeAppProps.functions}. */
  readonly functions: IFunction[] = [];

  private readonly registration: CustomResource;
  private readonly pages: AppPages;
  private readonly functionArns = new Set<string>();

  constructor(scope: Construct, id: string, props: ButtonizeAppProps = {}) {
    super(scope, id);
    const settings = readSettings(this);
    const apiKey = props.apiKey === undefined ? settings.apiKey : apiKeyText(props.apiKey);
    const app = defineApp(this, props, settings);
    const controlPlane = trusted(settings);
    const access = this.access(settings, apiKey);

    this.executionRole =
      props.executionRole ??
      createExecutionRole(this, controlPlane, this.createExternalId(settings, access));
    const role = new BroughtRole(this.executionRole, controlPlane);
    this.registration = this.register(app, access, role, props);
    this.appId = this.registration.getAttString("AppId");
    this.pages = new AppPages(this, controlPlane);
    this.grant("Functions", props.functions ?? [], (props.functions ?? []).map(arnOf));

    const restrict = props.restrictSessionToFunctions ?? false;
    this.node.addValidation({
      validate: () => [
        ...checkApp(this, app, settings, apiKey),
        ...checkFunctions([...this.functionArns], restrict),
        ...role.check(this),
        ...this.pages.check(),
      ],
    });
  }

  /**
   * Adds a page; the first one is where people start. Its actions' functions are granted to the role and registered. The page itself is checked, and not
   * deployed: the control plane does not serve pages yet.
   *
   * @param id unique in the app; `Action.buttonize.app.changePage` names it
   * @param props contents of the page
   * @returns the app, to add further pages
   */
  page(id: string, props: ButtonizeAppPageProps): ButtonizeApp {
    const invocations = this.pages.add(id, props);
    this.grant(
      `ButtonizePagePolicy${id}`,
      invocations.map(({ fn }) => fn),
      invocations.map(({ functionArn }) => functionArn),
    );
    return this;
  }

  private grant(policyId: string, functions: readonly IFunction[], arns: readonly string[]): void {
    if (arns.length === 0) {
      return;
    }
    arns.forEach((arn) => this.functionArns.add(arn));
    this.functions.push(...functions.filter((fn) => !this.functions.includes(fn)));
    warnOfForeignFunctions(this, functions);
    if (Role.isRole(this.executionRole)) {
      // The role can do what it is registered for from the beginning, and until the registration is gone.
      this.registration.node.addDependency(grantInvoke(this, policyId, this.executionRole, arns));
    }
  }

  private register(
    app: AppDefinition,
    access: ControlPlaneAccess,
    role: BroughtRole,
    props: ButtonizeAppProps,
  ): CustomResource {
    const registration = createRegistration(this, access, {
      Name: app.name,
      Description: app.description,
      Stage: app.stage,
      Tags: [...app.tags],
      ExecutionRoleArn: role.roleArn,
      ExecutionRoleExternalId: role.externalId,
      Region: Stack.of(this).region,
      FunctionArns: Lazy.list({ produce: () => [...this.functionArns] }),
      RestrictSessionToFunctions: props.restrictSessionToFunctions === true ? "true" : "false",
    });
    if (Role.isRole(this.executionRole)) {
      registration.node.addDependency(this.executionRole);
    }
    return registration;
  }

  private createExternalId(settings: Settings, access: ControlPlaneAccess): string {
    return settings.externalId ?? createExternalId(this, settings.externalIdSource, access);
  }

  /** Where and with which key to register. What is missing is reported at synthesis. */
  private access(settings: Settings, apiKey = ""): ControlPlaneAccess {
    const key = readApiKey(this, apiKey);
    if (key.kind === "secret") {
      HandlerFunction.of(this).allowSecret(key.secretId);
    }
    if (key.kind === "literal" && key.isWellFormed) {
      Annotations.of(this).addWarningV2(
        "buttonize-cdk:literal-api-key",
        "The API key is written into the template, where everybody who may read the stack can read it. Put it into a secret of Secrets Manager, and give " +
          'apiKey: SecretValue.secretsManager("name of the secret").',
      );
    }
    return { url: withoutTrailingSlash(settings.controlPlaneUrl ?? ""), apiKey };
  }
}

function trusted(settings: Settings): TrustedControlPlane {
  return {
    accountId: settings.controlPlaneAccountId ?? "",
    roleArn: settings.controlPlaneRoleArn,
  };
}

function arnOf(fn: IFunction): string {
  return fn.functionArn;
}
