import { expect, test } from "vitest";
import { indented } from "../src/json";

test.each([
  { a: 1, b: [true, null, { c: 'x, {y}: [\\"z\\"]' }], d: {}, e: [], f: [[]], "": "" },
  [],
  {},
  "text",
  17,
  null,
  { nested: { deeper: [{ deepest: [1, 2, 3] }, "ü\u2028"] } },
])("looks as JSON.stringify would make it: %j", (value) => {
  expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  expect(indented(JSON.stringify(value, null, "\t"))).toBe(JSON.stringify(value, null, 2));
});

test("changes no value, no order, and drops nothing", () => {
  expect(indented('{"id":9007199254740993,"b":1.0,"2":1e400,"1":-0,"x":1,"x":2}')).toBe(
    '{\n  "id": 9007199254740993,\n  "b": 1.0,\n  "2": 1e400,\n  "1": -0,\n  "x": 1,\n  "x": 2\n}',
  );
});

test.each(["", "no JSON", "{", '{"a":}'])("leaves what is no JSON as it is: %j", (text) => {
  expect(indented(text)).toBe(text);
});
