import { App, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime, type IFunction } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { beforeAll, describe, expect, it } from "vitest";
import { ButtonizeAuditTrail, type ButtonizeAuditTrailProps } from "../../src/audit/index.js";

const env = { account: "123456789012", region: "eu-central-1" };

function addFunction(stack: Stack, id: string): LambdaFunction {
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1;"),
  });
}

function newStack(): Stack {
  return new Stack(new App(), "Demo", { env });
}

function withTrail(
  stack: Stack,
  functions: IFunction[],
  more: Partial<ButtonizeAuditTrailProps> = {},
): ButtonizeAuditTrail {
  return new ButtonizeAuditTrail(stack, "Audit", { app: { functions }, ...more });
}

type Resource = {
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  DependsOn?: string[];
};

function only(template: Template, type: string): Resource {
  const found = Object.values(template.findResources(type)) as Resource[];
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** A text of the template with what is known at deployment written as `${Name}`. */
function joined(value: unknown): string {
  const parts = (value as { "Fn::Join"?: [string, unknown[]] })["Fn::Join"]?.[1] ?? [value];
  return parts
    .map((part) => (typeof part === "string" ? part : `<${(part as { Ref: string }).Ref}>`))
    .join("");
}

// The first synthesis loads the library, which takes seconds on a busy machine.
beforeAll(() => {
  const stack = newStack();
  withTrail(stack, [addFunction(stack, "First")]);
  Template.fromStack(stack);
}, 60_000);

describe("the trail", () => {
  it("selects the invocations of exactly the functions, also of those that come later", () => {
    const stack = newStack();
    const functions: IFunction[] = [addFunction(stack, "First")];
    withTrail(stack, functions);
    const second = addFunction(stack, "Second");
    const live = second.addAlias("live") as IFunction;
    functions.push(second, live, second.currentVersion as IFunction);

    const template = Template.fromStack(stack);
    const arnOf = (id: string): unknown => ({
      "Fn::GetAtt": [Match.stringLikeRegexp(`^${id}[0-9A-F]{8}$`), "Arn"],
    });
    template.hasResourceProperties("AWS::CloudTrail::Trail", {
      IsLogging: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      S3KeyPrefix: "buttonize",
      AdvancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: "eventCategory", Equals: ["Data"] },
            { Field: "resources.type", Equals: ["AWS::Lambda::Function"] },
            { Field: "resources.ARN", Equals: [arnOf("First"), arnOf("Second")] },
          ],
        },
        {
          FieldSelectors: [
            { Field: "eventCategory", Equals: ["Management"] },
            { Field: "readOnly", Equals: ["true"] },
            { Field: "eventSource", NotEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
          ],
        },
      ],
    });
  });

  it("leaves the sessions to another trail if it is told to", () => {
    const stack = newStack();
    withTrail(stack, [addFunction(stack, "First")], { recordSessions: false });
    const { Properties } = only(Template.fromStack(stack), "AWS::CloudTrail::Trail");
    expect(Properties["AdvancedEventSelectors"]).toHaveLength(1);
  });

  it("is not without functions, which would record those of the whole account", () => {
    const stack = newStack();
    withTrail(stack, []);
    expect(() => Template.fromStack(stack)).toThrow("has no functions");
  });

  it("is not with more functions than CloudTrail takes", () => {
    const stack = newStack();
    const functions = Array.from({ length: 495 }, (_, i) =>
      LambdaFunction.fromFunctionArn(
        stack,
        `F${i}`,
        `arn:aws:lambda:eu-central-1:123456789012:function:f${i}`,
      ),
    );
    withTrail(stack, functions);
    expect(() => Template.fromStack(stack)).toThrow("a trail takes 494");
  });
});

describe("its bucket", () => {
  it("is private, encrypted, versioned, over TLS only, and kept", () => {
    const stack = newStack();
    const audit = withTrail(stack, [addFunction(stack, "First")]);
    const template = Template.fromStack(stack);
    const bucketId = stack.resolve(audit.bucket.bucketName) as { Ref: string };
    const bucket = template.findResources("AWS::S3::Bucket")[bucketId.Ref] as Resource;
    expect(bucket.DeletionPolicy).toBe("Retain");
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(bucket.Properties["LifecycleConfiguration"]).toBeUndefined();
    for (const each of Object.values(template.findResources("AWS::S3::Bucket"))) {
      expect((each as Resource).Properties["BucketEncryption"]).toBeDefined();
    }
    template.hasResourceProperties("AWS::S3::BucketPolicy", {
      Bucket: bucketId,
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "s3:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });

  it("lets CloudTrail write for this trail and for no other, before the trail is made", () => {
    const stack = newStack();
    withTrail(stack, [addFunction(stack, "First")]);
    const template = Template.fromStack(stack);
    const trail = only(template, "AWS::CloudTrail::Trail");
    const policies = template.findResources("AWS::S3::BucketPolicy") as Record<string, Resource>;
    const [id] = Object.keys(policies).filter((key) => trail.DependsOn?.includes(key));
    const { Statement } = policies[id!]!.Properties["PolicyDocument"] as {
      Statement: {
        Action: string;
        Principal: unknown;
        Condition: Record<string, Record<string, unknown>>;
        Resource: unknown;
      }[];
    };
    const forTrail = Statement.filter(({ Condition }) => Condition["StringEquals"]);
    expect(forTrail.map(({ Action }) => Action)).toEqual(["s3:GetBucketAcl", "s3:PutObject"]);
    for (const { Principal, Condition } of forTrail) {
      expect(Principal).toEqual({ Service: "cloudtrail.amazonaws.com" });
      expect(joined(Condition["StringEquals"]!["aws:SourceArn"])).toBe(
        `arn:<AWS::Partition>:cloudtrail:eu-central-1:123456789012:trail/${String(trail.Properties["TrailName"])}`,
      );
    }
    expect(forTrail[1]!.Condition["StringEquals"]!["s3:x-amz-acl"]).toBe(
      "bucket-owner-full-control",
    );
    expect(JSON.stringify(forTrail[1]!.Resource)).toContain("/buttonize/AWSLogs/");
  });

  it("can be one that is there already, with a warning where its policy is out of reach", () => {
    const stack = newStack();
    const bucket = Bucket.fromBucketName(
      stack,
      "Given",
      "company-audit",
    ) as ButtonizeAuditTrailProps["bucket"];
    withTrail(stack, [addFunction(stack, "First")], { bucket: bucket! });
    Template.fromStack(stack).hasResourceProperties("AWS::CloudTrail::Trail", {
      S3BucketName: "company-audit",
    });
    Annotations.fromStack(stack).hasWarning(
      "/Demo/Audit",
      Match.stringLikeRegexp("lets cloudtrail.amazonaws.com call s3:GetBucketAcl"),
    );
  });
});

describe("Athena", () => {
  function everything(): Template {
    const stack = newStack();
    withTrail(stack, [addFunction(stack, "First")]);
    return Template.fromStack(stack);
  }

  it("reads the trail's files by Region and day, without anything that adds partitions", () => {
    const template = everything();
    const { Properties } = only(template, "AWS::Glue::Table");
    const table = Properties["TableInput"] as {
      Parameters: Record<string, unknown>;
      StorageDescriptor: { Location: unknown; Columns: { Name: string; Type: string }[] };
      PartitionKeys: { Name: string }[];
    };
    const location = joined(table.StorageDescriptor.Location);
    expect(location).toMatch(
      /^s3:\/\/<AuditBucket[0-9A-F]+>\/buttonize\/AWSLogs\/<AWS::AccountId>\/CloudTrail\/$/,
    );
    expect(joined(table.Parameters["storage.location.template"])).toBe(
      `${location}\${region}/\${day}`,
    );
    expect(table.PartitionKeys.map((key) => key.Name)).toEqual(["region", "day"]);
    const regions = String(table.Parameters["projection.region.values"]).split(",");
    expect(regions).toEqual(expect.arrayContaining(["eu-central-1", "us-east-1"]));
    expect(regions.filter((region) => /^(cn|us-gov)-/.test(region))).toEqual([]);
    const columns = new Map(table.StorageDescriptor.Columns.map((c) => [c.Name, c.Type]));
    expect(columns.get("useridentity")).toContain("sessioncontext:struct<sourceidentity:string");
    expect(columns.has("responseelements")).toBe(false);
  });

  it("has a workgroup that keeps its results encrypted, for a month", () => {
    const template = everything();
    const { Properties } = only(template, "AWS::Athena::WorkGroup");
    expect(Properties["WorkGroupConfiguration"]).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: "SSE_S3" } },
    });
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30, Status: "Enabled" }] },
    });
  });

  it("has queries by person, which compare the id by position", () => {
    const template = everything();
    const { Properties: table } = only(template, "AWS::Glue::Table");
    const { Properties: workGroup } = only(template, "AWS::Athena::WorkGroup");
    const queries = Object.values(template.findResources("AWS::Athena::NamedQuery")) as Resource[];
    expect(queries).toHaveLength(2);
    for (const { Properties } of queries) {
      expect(Properties["WorkGroup"]).toBe(workGroup["Name"]);
      expect(Properties["Database"]).toBe(table["DatabaseName"]);
      expect(Properties["QueryString"]).toContain(
        `"${String(table["DatabaseName"])}"."cloudtrail"`,
      );
      expect(Properties["QueryString"]).not.toMatch(/\blike\b/i);
    }
    const [person] = queries.filter(({ Properties }) =>
      String(Properties["QueryString"]).includes("?"),
    );
    const sql = String(person!.Properties["QueryString"]);
    expect(sql).toContain("substr(source_identity, 1, 29) = concat('btnz__', ?, '__')");
    expect(sql).toContain("useridentity.sessioncontext.sourceidentity");
    expect(sql).toContain("json_extract_scalar(requestparameters, '$.sourceIdentity')");
    expect("btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek".slice(0, 29)).toBe(
      "btnz__-WYJ-Zz7_Qyho2yXshuzV__",
    );
  });

  it("asks only for columns that the table has", () => {
    const template = everything();
    const { Properties } = only(template, "AWS::Glue::Table");
    const { StorageDescriptor } = Properties["TableInput"] as {
      StorageDescriptor: { Columns: { Name: string; Type: string }[] };
    };
    const fields = StorageDescriptor.Columns.flatMap(({ Name, Type }) => [
      Name,
      ...[...Type.matchAll(/(\w+):/g)].map((match) => match[1]!),
    ]);
    const made = ["day", "source_identity", "target", "outcome", "caller", "user_id"];
    const words =
      /^(select|as|from|where|and|not|order|by|desc|interval|coalesce|substr|concat|starts_with|date_format|current_date|json_extract_scalar)$/i;
    for (const query of Object.values(template.findResources("AWS::Athena::NamedQuery"))) {
      const sql = String((query as Resource).Properties["QueryString"]);
      const names = sql.replace(/'[^']*'|"[^"]*"/g, "").match(/[a-z_]+/gi) ?? [];
      expect(names.length).toBeGreaterThan(20);
      const unknown = names.filter((name) => !words.test(name) && !made.includes(name));
      expect(fields).toEqual(expect.arrayContaining(unknown));
    }
  });

  it("has names that Glue takes", () => {
    const { Properties } = only(everything(), "AWS::Glue::Database");
    const { Name } = Properties["DatabaseInput"] as { Name: string };
    expect(Name).toMatch(/^[a-z0-9_]{1,255}$/);
  });
});
