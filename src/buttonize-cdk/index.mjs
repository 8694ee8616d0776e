// One module for both module systems: `instanceof` and the checks at synthesis need the same classes everywhere.
export * from "./lib/index.js";
