import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Every synthesis writes to the folder for temporary files and leaves that there; this one is removed after the tests. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "buttonize-cdk-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
