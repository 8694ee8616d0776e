import {
  Annotations,
  ArnFormat,
  Aws,
  Duration,
  Lazy,
  Names,
  RemovalPolicy,
  Stack,
} from "aws-cdk-lib";
import { CfnNamedQuery, CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { CfnTrail } from "aws-cdk-lib/aws-cloudtrail";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { QualifiedFunctionBase, type IFunction } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { AuditTable } from "./audit-table.js";
import { everybody, onePerson } from "./queries.js";

/** What a {@link ButtonizeAuditTrail} is made of. */
export interface ButtonizeAuditTrailProps {
  /**
   * The functions whose invocations are recorded: a `ButtonizeApp`, or anything else with functions. Functions that are added to it
   * later in the program count too. At least one; a trail takes 500 values in all its selectors.
   */
  readonly app: { readonly functions: readonly IFunction[] };
  /**
   * Where the trail's files go. A bucket of another stack or of no stack must have a policy of its own that lets CloudTrail write.
   *
   * @default a bucket of its own: private, encrypted (SSE-S3), versioned, over TLS only, and kept when the stack is deleted
   */
  readonly bucket?: IBucket;
  /**
   * Whether the trail records who got a session: `AssumeRole`, which comes with all other read-only management events, since
   * CloudTrail cannot select them more finely. Turn it off where another trail of the account has them; the queries of this one then
   * show invocations only.
   *
   * @default true
   */
  readonly recordSessions?: boolean;
}

/** Keeps the files apart from those of other trails in a bucket that is shared. */
const PREFIX = "buttonize";
/** CloudTrail's limit of values in all advanced event selectors of a trail; six are taken by other fields. */
const MOST_FUNCTIONS = 500 - 6;
/** How long the results of queries are kept: they tell what people did, and can be had again. */
const RESULTS_KEPT = Duration.days(30);

/**
 * Records who used your apps and what they ran, in your own account, where the control plane cannot reach it: a CloudTrail trail, and
 * queries "by person" for Athena.
 *
 * **What it records.** For exactly the functions given, every invocation by anybody (Lambda *data events*, which no trail has unless
 * they are turned on), with the source identity `btnz__<userId>__<userName>` of the session, but neither payload nor answer. And every
 * session that was handed out (`AssumeRole`, see `recordSessions`), in all Regions, since the control plane chooses whose STS it calls.
 * With log file validation, so that `aws cloudtrail validate-logs` shows whether a file was changed or deleted later.
 *
 * **What it costs** (list prices, us-east-1): $0.10 for 100,000 data events. The first copy of management events in a Region is free;
 * where your account has another trail with management events, this one is a further copy at $2.00 for 100,000: then set
 * `recordSessions` to false. Plus S3 storage, and Athena's $5 for each TB that a query reads.
 *
 * **How to use it.** In Athena choose the workgroup and one of the saved queries; "what a person did" asks for the Buttonize user id as
 * its parameter, in single quotes. CloudTrail delivers after about 5 minutes. The files have personal data (names, IP addresses).
 */
export class ButtonizeAuditTrail extends Construct {
  /** The trail. */
  readonly trail: CfnTrail;
  /** Where its files are, under the prefix `buttonize/`. */
  readonly bucket: IBucket;
  /** Of Athena, with the queries. */
  readonly workGroupName: string;
  /** In Glue's catalog, with the table `cloudtrail`. */
  readonly databaseName: string;

  constructor(scope: Construct, id: string, props: ButtonizeAuditTrailProps) {
    super(scope, id);
    this.bucket = props.bucket ?? this.privateBucket("Bucket");
    this.trail = this.addTrail(props);
    const table = new AuditTable(this, "Records", this.bucket, PREFIX);
    this.databaseName = table.databaseName;
    this.workGroupName = this.addWorkGroup(table);
    this.node.addValidation({ validate: () => problemsOf(functionArns(props)) });
  }

  private privateBucket(id: string, expiration?: Duration): IBucket {
    const bucket = new Bucket(this, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: expiration === undefined,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(expiration && { lifecycleRules: [{ expiration }] }),
    });
    // The declarations of the library are not written for exactOptionalPropertyTypes.
    return bucket as IBucket;
  }

  private addTrail(props: ButtonizeAuditTrailProps): CfnTrail {
    // The bucket's policy names the trail, and the trail needs the policy: so its name has to be known before it is there.
    const trailName = Names.uniqueResourceName(this, { separator: "-", maxLength: 128 });
    this.allowTrail(trailName);
    const trail = new CfnTrail(this, "Trail", {
      trailName,
      isLogging: true,
      s3BucketName: this.bucket.bucketName,
      s3KeyPrefix: PREFIX,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      advancedEventSelectors: [
        {
          name: "Invocations of the functions",
          fieldSelectors: [
            { field: "eventCategory", equalTo: ["Data"] },
            { field: "resources.type", equalTo: ["AWS::Lambda::Function"] },
            {
              field: "resources.ARN",
              equalTo: Lazy.list({ produce: () => functionArns(props) }),
            },
          ],
        },
        ...(props.recordSessions === false ? [] : [SESSIONS]),
      ],
    });
    if (this.bucket.policy) {
      trail.node.addDependency(this.bucket.policy);
    }
    return trail;
  }

  /** As CloudTrail asks for it; only this trail may write, so that nobody else's can be made to (the confused deputy again). */
  private allowTrail(trailName: string): void {
    const arn = Stack.of(this).formatArn({
      service: "cloudtrail",
      resource: "trail",
      resourceName: trailName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const principals = [new ServicePrincipal("cloudtrail.amazonaws.com")];
    const onlyThis = { "aws:SourceArn": arn };
    const check = new PolicyStatement({
      principals,
      actions: ["s3:GetBucketAcl"],
      resources: [this.bucket.bucketArn],
      conditions: { StringEquals: onlyThis },
    });
    const write = new PolicyStatement({
      principals,
      actions: ["s3:PutObject"],
      resources: [this.bucket.arnForObjects(`${PREFIX}/AWSLogs/${Aws.ACCOUNT_ID}/*`)],
      conditions: { StringEquals: { ...onlyThis, "s3:x-amz-acl": "bucket-owner-full-control" } },
    });
    const added = [check, write].map((s) => this.bucket.addToResourcePolicy(s).statementAdded);
    if (added.includes(false)) {
      Annotations.of(this).addWarningV2(
        "buttonize:audit-bucket-policy",
        `The policy of the given bucket cannot be changed from here; make sure that it lets cloudtrail.amazonaws.com call s3:GetBucketAcl on it and s3:PutObject under ${PREFIX}/AWSLogs/, for the trail ${trailName}.`,
      );
    }
  }

  private addWorkGroup(table: AuditTable): string {
    const results = this.privateBucket("Results", RESULTS_KEPT);
    const name = Names.uniqueResourceName(this, { separator: "-", maxLength: 128 });
    const workGroup = new CfnWorkGroup(this, "WorkGroup", {
      name,
      description: "Who did what in Buttonize apps",
      // Its history of queries is no reason to keep it.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        resultConfiguration: {
          outputLocation: results.s3UrlForObject("results/"),
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
          expectedBucketOwner: Aws.ACCOUNT_ID,
        },
      },
    });
    for (const query of [onePerson(table), everybody(table)]) {
      new CfnNamedQuery(this, query.id, {
        name: query.name,
        description: query.description,
        database: table.databaseName,
        queryString: query.sql,
        workGroup: name,
      }).node.addDependency(workGroup);
    }
    return name;
  }
}

/** AssumeRole is a read-only management event. Of KMS's events, which can be very many, none is of interest. */
const SESSIONS: CfnTrail.AdvancedEventSelectorProperty = {
  name: "Sessions, with the other read-only management events",
  fieldSelectors: [
    { field: "eventCategory", equalTo: ["Management"] },
    { field: "readOnly", equalTo: ["true"] },
    { field: "eventSource", notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
  ],
};

/** Each once, and without the qualifier of a version or alias: CloudTrail knows the function only. */
function functionArns({ app }: ButtonizeAuditTrailProps): string[] {
  const plain = app.functions.map((f) => (f instanceof QualifiedFunctionBase ? f.lambda : f));
  return [...new Set(plain.map((f) => f.functionArn))];
}

function problemsOf(arns: readonly string[]): string[] {
  if (arns.length === 0) {
    return [
      "ButtonizeAuditTrail has no functions, and without a function named CloudTrail would record those of the whole account; give it the app's functions.",
    ];
  }
  return arns.length > MOST_FUNCTIONS
    ? [
        `ButtonizeAuditTrail has ${arns.length} functions, and a trail takes ${MOST_FUNCTIONS}; use several, all but one with 'recordSessions: false'.`,
      ]
    : [];
}
