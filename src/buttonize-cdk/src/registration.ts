import { CustomResource } from "aws-cdk-lib";
import { Construct } from "constructs";
import { ExternalIdSource } from "./context";
import { HandlerFunction, SERVICE_TIMEOUT } from "./handler-function";

/** Where the control plane is, and with which key it is called. */
export interface ControlPlaneAccess {
  readonly url: string;
  readonly apiKey: string;
}

/** What is registered of an app; all of it strings, as CloudFormation makes strings of everything. */
export interface AppRegistration {
  readonly Name: string;
  readonly Description: string;
  readonly Stage: string;
  readonly Tags: string[];
  readonly ExecutionRoleArn: string;
  readonly ExecutionRoleExternalId: string;
  readonly Region: string;
  readonly FunctionArns: string[];
  readonly RestrictSessionToFunctions: "true" | "false";
}

/** Makes the resource that registers an app; its attribute `AppId` is the app's id. */
export function createRegistration(
  scope: Construct,
  access: ControlPlaneAccess,
  app: AppRegistration,
): CustomResource {
  return create(scope, "Registration", "Custom::ButtonizeApp", {
    ControlPlaneUrl: access.url,
    ApiKey: access.apiKey,
    ...app,
  });
}

/** Makes the resource that an app's External ID comes from. */
export function createExternalId(
  scope: Construct,
  source: string,
  access: ControlPlaneAccess,
): string {
  const resource =
    source === ExternalIdSource.GENERATED
      ? create(scope, "ExternalIdGenerator", "Custom::ButtonizeExternalIdGenerator", {})
      : create(scope, "ExternalId", "Custom::ButtonizeExternalId", {
          ControlPlaneUrl: access.url,
          ApiKey: access.apiKey,
        });
  return resource.getAttString("SecretValue");
}

function create(
  scope: Construct,
  id: string,
  resourceType: string,
  properties: Record<string, unknown>,
): CustomResource {
  const handler = HandlerFunction.of(scope);
  return new CustomResource(scope, id, {
    resourceType,
    serviceToken: handler.serviceToken,
    // A generated External ID would be made anew when any property changes, so that resource has none but the function.
    ...(Object.keys(properties).length > 0 && { serviceTimeout: SERVICE_TIMEOUT }),
    properties,
  });
}
