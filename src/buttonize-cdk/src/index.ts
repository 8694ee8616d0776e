export {
  ButtonizeApiKeyContextKey,
  ButtonizeControlPlaneAccountIdContextKey,
  ButtonizeControlPlaneRoleArnContextKey,
  ButtonizeControlPlaneUrlContextKey,
  ButtonizeExternalIdContextKey,
  ButtonizeExternalIdSourceContextKey,
  ButtonizeStageContextKey,
  ButtonizeTagsContextKey,
  ExternalIdSource,
} from "./context";
export * from "./app";
export * from "./audit";
export * from "./buttonize";
export type { ExecutionRole, PlainExecutionRole } from "./execution-role";
export * from "./pages";
