import { Aws, Names, Stack } from "aws-cdk-lib";
import { CfnDatabase, CfnTable } from "aws-cdk-lib/aws-glue";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { Construct } from "constructs";

/**
 * The members of a CloudTrail record that the queries need, and what helps to read them. `responseElements` is left out on purpose: of
 * `AssumeRole` it has a session token.
 */
const COLUMNS: Readonly<Record<string, string>> = {
  eventtime: "string",
  eventsource: "string",
  eventname: "string",
  awsregion: "string",
  sourceipaddress: "string",
  useragent: "string",
  errorcode: "string",
  errormessage: "string",
  useridentity:
    "struct<type:string,principalid:string,arn:string,accountid:string,accesskeyid:string," +
    "sessioncontext:struct<sourceidentity:string,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string>>>",
  requestparameters: "string",
  resources: "array<struct<arn:string,accountid:string,type:string>>",
  requestid: "string",
  eventid: "string",
  sharedeventid: "string",
  recipientaccountid: "string",
};

/**
 * The trail's files as a table. Its partitions, by Region and day, are computed from the query (partition projection), so that nothing
 * has to crawl or to add them. Days are those of the last five years.
 */
export class AuditTable extends Construct {
  /** Of the database in Glue's catalog. */
  readonly databaseName: string;
  readonly tableName = "cloudtrail";

  constructor(scope: Construct, id: string, bucket: IBucket, prefix: string) {
    super(scope, id);
    // Glue and Athena take lower case only.
    this.databaseName = Names.uniqueResourceName(this, {
      separator: "_",
      maxLength: 100,
    }).toLowerCase();
    const database = new CfnDatabase(this, "Database", {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: {
        name: this.databaseName,
        description: "What CloudTrail saw of Buttonize apps",
      },
    });
    const location = `s3://${bucket.bucketName}/${prefix}/AWSLogs/${Aws.ACCOUNT_ID}/CloudTrail/`;
    const table = new CfnTable(this, "Table", {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: this.databaseName,
      tableInput: {
        name: this.tableName,
        tableType: "EXTERNAL_TABLE",
        parameters: {
          EXTERNAL: "TRUE",
          classification: "cloudtrail",
          ...this.projection(location),
        },
        partitionKeys: [
          { name: "region", type: "string" },
          { name: "day", type: "string" },
        ],
        storageDescriptor: {
          location,
          columns: Object.entries(COLUMNS).map(([name, type]) => ({ name, type })),
          inputFormat: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
          outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
          serdeInfo: { serializationLibrary: "org.apache.hive.hcatalog.data.JsonSerDe" },
        },
      },
    });
    table.node.addDependency(database);
  }

  private projection(location: string): Record<string, string> {
    return {
      "projection.enabled": "true",
      "projection.region.type": "enum",
      "projection.region.values": this.regions().join(","),
      "projection.day.type": "date",
      "projection.day.format": "yyyy/MM/dd",
      "projection.day.range": "NOW-5YEARS,NOW",
      "projection.day.interval": "1",
      "projection.day.interval.unit": "DAYS",
      "storage.location.template": `${location}\${region}/\${day}`,
    };
  }

  /** All of the partition: a session is recorded in the Region whose STS the control plane called, and it has others to fall back to. */
  private regions(): string[] {
    const partition = RegionInfo.get(Stack.of(this).region).partition ?? "aws";
    return RegionInfo.regions.filter((r) => r.partition === partition).map((r) => r.name);
  }
}
