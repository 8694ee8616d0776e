const PLACEHOLDER = "the External ID of this app";

/** Statements of a trust policy to paste, as JSON; `PolicyStatement.fromJson(…)` takes them. None of them has an External ID in it. */
export class TrustStatements {
  private readonly principal: object;

  /**
   * @param account the control plane's account; undefined where it is known at deployment only
   * @param region the Region of the stack, which tells the partition; tokens count as the partition `aws`
   */
  constructor(account: string | undefined, region: string) {
    const partition = region.startsWith("cn-")
      ? "aws-cn"
      : region.startsWith("us-gov-")
        ? "aws-us-gov"
        : "aws";
    this.principal = { AWS: `arn:${partition}:iam::${account ?? "CONTROL-PLANE-ACCOUNT"}:root` };
  }

  /** Allows assuming the role under one External ID. */
  get assumeRole(): string {
    return this.write("sts:AssumeRole", { StringEquals: { "sts:ExternalId": PLACEHOLDER } });
  }

  /** Allows actions for which there is no External ID condition. */
  allow(actions: readonly string[]): string {
    return this.write(actions, undefined);
  }

  private write(Action: string | readonly string[], Condition: object | undefined): string {
    return JSON.stringify({ Effect: "Allow", Principal: this.principal, Action, Condition });
  }
}
