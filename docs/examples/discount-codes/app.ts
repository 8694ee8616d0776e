import { App } from "aws-cdk-lib";
import { DiscountCodesStack } from "./lib/discount-codes-stack";

new DiscountCodesStack(new App(), "DiscountCodes", {
  // Fixed, so that it synthesizes without AWS credentials. Put your own here.
  env: { account: "123456789012", region: "eu-central-1" },
});
