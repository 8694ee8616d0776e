import type { AuditTable } from "./audit-table.js";

/** A query as it is saved in Athena. */
export interface SavedQuery {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/** How far back they look; every day costs reading it. */
const DAYS = 30;

/**
 * All that is recorded under the source identity of one person, whatever name they had: sessions handed out to them, what these ran,
 * and the sessions that were chained from them. The parameter is a user id.
 */
export function onePerson(table: AuditTable): SavedQuery {
  return {
    id: "OnePerson",
    name: "What a person did",
    description: `The last ${DAYS} days of one person. Parameter: their Buttonize user id in single quotes`,
    // Source identities are read by position. LIKE would not do: '_' is one of its wildcards, and ids have it.
    sql: `SELECT ${COLUMNS}\nFROM (${recorded(table)})\nWHERE substr(source_identity, 1, 29) = concat('btnz__', ?, '__')\nORDER BY eventtime DESC`,
  };
}

/** The same of everybody, person by person, without the control plane's own checks of the role. */
export function everybody(table: AuditTable): SavedQuery {
  return {
    id: "Everybody",
    name: "Who did what",
    description: `The last ${DAYS} days of everybody who used the apps, person by person`,
    sql: `SELECT substr(source_identity, 7, 21) AS user_id, ${COLUMNS}\nFROM (${recorded(table)})\nWHERE starts_with(source_identity, 'btnz__') AND NOT starts_with(source_identity, 'btnz__trust-probe__')\nORDER BY user_id, eventtime DESC`,
  };
}

/**
 * `caller` is the control plane's account for a session that it asked for. Whoever may set source identities in your own account could
 * put another's name on a session: there the caller is somebody else.
 */
const COLUMNS = [
  "eventtime",
  "eventname",
  "coalesce(json_extract_scalar(requestparameters, '$.functionName'), json_extract_scalar(requestparameters, '$.roleArn')) AS target",
  "coalesce(errorcode, 'ok') AS outcome",
  "source_identity",
  "coalesce(useridentity.arn, useridentity.accountid) AS caller",
  "sourceipaddress",
  "awsregion",
  "requestid",
  "eventid",
].join(",\n  ");

/**
 * The request that hands out a session has the source identity among its parameters; the session's own calls have it in their context.
 */
function recorded(table: AuditTable): string {
  return `
  SELECT *, coalesce(
    useridentity.sessioncontext.sourceidentity,
    json_extract_scalar(requestparameters, '$.sourceIdentity')) AS source_identity
  FROM "${table.databaseName}"."${table.tableName}"
  WHERE day >= date_format(current_date - interval '${DAYS}' day, '%Y/%m/%d')
`;
}
