import { assertEquals, assertThrows } from "@std/assert";
import { fromNumberJson, toNumberJson } from "./number_json.ts";

Deno.test("numbers that JSON has not come back", () => {
  const value = { a: [NaN, 1.5, -Infinity], b: { c: Infinity, d: "Infinity", e: null } };
  assertEquals(fromNumberJson(toNumberJson(value)), value);
  assertEquals(toNumberJson({ a: NaN }), '{"a":"number:NaN"}');
  assertEquals(toNumberJson([1], 2), "[\n  1\n]");
  assertThrows(() => fromNumberJson("{"), SyntaxError);
});
