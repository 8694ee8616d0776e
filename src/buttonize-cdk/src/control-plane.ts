import { isKnown, Settings } from "./context";
import { accountOfRole, checkRoleArn } from "./limits";

/** What is wrong with the settings that say which control plane an app belongs to. */
export function checkControlPlane(settings: Settings): string[] {
  return [...checkUrl(settings.controlPlaneUrl), ...checkAccount(settings), ...checkRole(settings)];
}

/** The address without a slash at its end, as the handler appends paths to it. */
export function withoutTrailingSlash(url: string): string {
  return isKnown(url) ? url.replace(/\/+$/, "") : url;
}

function checkUrl(url: string | undefined): string[] {
  if (url === undefined) {
    return [missing("controlPlaneUrl", "https://buttonize.example.com", "address")];
  }
  if (!isKnown(url)) {
    return [];
  }
  const problem = urlProblem(url);
  return problem === undefined
    ? []
    : [`'controlPlaneUrl' ${problem}; give an address such as https://buttonize.example.com.`];
}

function urlProblem(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    return "is not an https address";
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return "must not have a user or password in it";
  }
  if (/[?#]/.test(url)) {
    return "must not have a query or fragment";
  }
  return parsed.protocol === "http:" && !isLoopback(parsed.hostname)
    ? "must be https, for the API key goes there (http is for loopback hosts only)"
    : undefined;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

function checkAccount({ controlPlaneAccountId: account }: Settings): string[] {
  if (account === undefined) {
    return [missing("controlPlaneAccountId", "111122223333", "AWS account")];
  }
  return !isKnown(account) || /^[0-9]{12}$/.test(account)
    ? []
    : [
        "'controlPlaneAccountId' must be the 12 digits of the control plane's AWS account. In cdk.json put it in quotes, so that zeros at its start stay.",
      ];
}

function checkRole({
  controlPlaneRoleArn: arn,
  controlPlaneAccountId: account,
}: Settings): string[] {
  if (arn === undefined) {
    return [];
  }
  const wrong = checkRoleArn("'controlPlaneRoleArn'", arn);
  const owner = accountOfRole(arn);
  if (wrong.length > 0 || owner === undefined || account === undefined || !isKnown(account)) {
    return wrong;
  }
  return owner === account
    ? []
    : [
        `'controlPlaneRoleArn' is a role of the account ${owner}, but 'controlPlaneAccountId' is ${account}; both must be the control plane's.`,
      ];
}

function missing(setting: string, example: string, what: string): string {
  return (
    `The control plane's ${what} is missing. Add ${setting}: "${example}" to Buttonize.init(...) before the app is made, ` +
    `or "@buttonize/${setting}": "${example}" to "context" in cdk.json.`
  );
}
