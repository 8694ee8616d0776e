export { ButtonizeAuditTrail, type ButtonizeAuditTrailProps } from "./audit-trail.js";
export { ButtonizeKillSwitch, type ButtonizeKillSwitchProps } from "./kill-switch.js";
