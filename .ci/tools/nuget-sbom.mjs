// The bill of materials of a program in .NET, from what its restore resolved (obj/project.assets.json): every package, direct or not, with its
// version, its hash and what it needs. .NET itself is not in it: the runtime comes with the container image.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Enums, Models, Serialize, Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";

const [project, output] = process.argv.slice(2);
const assets = JSON.parse(readFileSync(join(dirname(project), "obj", "project.assets.json")));
const name = basename(project, ".csproj");

const component = (type, name, version, more) => {
  const purl = new PackageURL("nuget", undefined, name, version).toString();
  return new Models.Component(type, name, { version, purl, bomRef: purl, ...more });
};

const program = component(Enums.ComponentType.Application, name, assets.project.version);
const bom = new Models.Bom({ metadata: new Models.Metadata({ component: program }) });
const components = new Map();
const [target] = Object.values(assets.targets);
for (const [id, { type }] of Object.entries(target)) {
  const [name, version] = id.split("/");
  const hash = type === "package" && Buffer.from(assets.libraries[id].sha512, "base64").toString("hex");
  const made = component(Enums.ComponentType.Library, name, version, {
    hashes: new Models.HashDictionary(hash ? [[Enums.HashAlgorithm["SHA-512"], hash]] : []),
  });
  components.set(name, made);
  bom.components.add(made);
}
for (const [id, { dependencies = {} }] of Object.entries(target)) {
  for (const needed of Object.keys(dependencies)) {
    components.get(id.split("/")[0]).dependencies.add(components.get(needed).bomRef);
  }
}
const [framework] = Object.values(assets.project.frameworks);
const direct = new Set(Object.keys(framework.dependencies ?? {}));
for (const [needed, made] of components) {
  if (direct.has(needed)) {
    program.dependencies.add(made.bomRef);
  }
}

const json = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)).serialize(bom, {
  sortLists: true,
  space: 2,
});
const fault = await new Validation.JsonStrictValidator(Spec.Spec1dot6.version).validate(json);
if (fault) {
  throw new Error(`${output}: ${JSON.stringify(fault)}`);
}
writeFileSync(output, json);
