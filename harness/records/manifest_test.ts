import { assertEquals, assertThrows } from "@std/assert";
import { setupOf } from "../measure/testdata/mock_run.ts";
import { MANIFEST_FIELDS, parseManifest } from "./manifest.ts";

const MANIFEST = { ...setupOf().manifest, finished: "2026-01-02T03:05:00.000Z", cases: [] };

Deno.test("parseManifest() reads what was written", () => {
  assertEquals(parseManifest(JSON.stringify(MANIFEST), "manifest.json"), MANIFEST);
});

Deno.test("parseManifest() knows every field of a manifest", () => {
  assertEquals(
    MANIFEST_FIELDS.map(({ name }) => name).toSorted(),
    Object.keys(MANIFEST).toSorted(),
  );
});

Deno.test("parseManifest() refuses another schema version, unknown, missing and wrong fields", () => {
  const parse = (change: Record<string, unknown>) => () =>
    parseManifest(JSON.stringify({ ...MANIFEST, ...change }), "manifest.json");
  assertThrows(parse({ schema: 2 }), SyntaxError, '"schema" must be 1: current value is 2');
  assertThrows(parse({ extra: 1 }), SyntaxError, 'must not have a field "extra"');
  assertThrows(parse({ suite: undefined }), SyntaxError, '"suite" must be of type text');
  assertThrows(parse({ cases: {} }), SyntaxError, '"cases" must be of type list');
  assertThrows(() => parseManifest("{", "manifest.json"), SyntaxError, "it is no JSON");
  assertThrows(() => parseManifest("[]", "manifest.json"), SyntaxError, "must hold an object");
});
