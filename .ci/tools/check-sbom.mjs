// What a bill of materials promises, checked against what it was made from (a package-lock.json or a project.assets.json): it names every
// package there with its version, and does not tell where it was made.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";

const [file, source] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const bill = JSON.parse(text);
const { packages, libraries } = JSON.parse(readFileSync(source));
const wanted = libraries
  ? Object.keys(libraries).map((id) => id.split("/"))
  : Object.entries(packages)
      .filter(([path, { link }]) => path !== "" && !link)
      .map(([path, { name, version }]) => [name ?? path.split("node_modules/").at(-1), version]);
const named = new Set(bill.components?.map(({ group, name, version }) => `${group ? `${group}/` : ""}${name} ${version}`));
const missing = wanted.map((its) => its.join(" ")).filter((its) => !named.has(its));
const telling = [process.cwd(), homedir()].some((place) => place.length > 1 && text.includes(place)) || text.includes('"distribution"');
const fault =
  bill.bomFormat !== "CycloneDX"
    ? "is no CycloneDX document"
    : missing.length > 0
      ? `lacks ${missing.join(", ")}`
      : telling
        ? "tells the folder or the registry that it was made from"
        : undefined;
if (fault) {
  console.error(`${file} ${fault}.`);
  process.exit(1);
}
