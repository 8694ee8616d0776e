export { ButtonizeError, type ButtonizeErrorCode } from "./error.js";
export { buttonizeCredentials } from "./provider.js";
export type {
  AccessTokenRequest,
  ButtonizeCredentialProvider,
  ButtonizeCredentials,
  ButtonizeOptions,
  ButtonizeSession,
  CredentialRequest,
} from "./types.js";
