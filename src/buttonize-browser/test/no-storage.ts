// Every test runs where whatever a browser could keep things in throws when it is touched.
const refuse = (): never => {
  throw new Error("A storage of the browser was touched.");
};
const untouchable = new Proxy(function storage() {}, {
  get: refuse,
  set: refuse,
  has: refuse,
  deleteProperty: refuse,
  ownKeys: refuse,
  defineProperty: refuse,
  getOwnPropertyDescriptor: refuse,
  apply: refuse,
  construct: refuse,
});
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"]) {
  Object.defineProperty(globalThis, name, { value: untouchable, configurable: true });
}
Object.defineProperty(globalThis, "document", {
  value: Object.defineProperty({}, "cookie", { get: refuse, set: refuse }),
  configurable: true,
});
