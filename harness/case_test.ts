import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { canonicalJson, caseId, caseLabel, programId, schemeText, secondCopy } from "./case.ts";
import { specOf } from "./measure/testdata/mock_run.ts";

Deno.test("canonicalJson() does not depend on the order in which keys were written", () => {
  assertEquals(canonicalJson({ b: [{ d: 1, c: 2 }], a: "x" }), '{"a":"x","b":[{"c":2,"d":1}]}');
});

Deno.test("caseId() is the hash of the value, whatever the order of its keys", () => {
  const spec = specOf("rt3d", { options: { scheme: "kgs", block: 8 } });
  const reordered = Object.fromEntries(Object.entries(spec).reverse()) as unknown as typeof spec;
  assertMatch(caseId(spec), /^[0-9a-f]{12}$/);
  assertEquals(caseId(reordered), caseId(spec));
  assertNotEquals(caseId({ ...spec, seed: 1 }), caseId(spec));
});

Deno.test("caseId() of a known spec never changes, or stored records would lose their cases", () => {
  // sha256 of the canonical JSON, by coreutils' sha256sum.
  const text = '{"device":"mock","method":"dense","model":"tiny","options":{},"rate":1,' +
    '"scheme":"","seed":0,"suite":"fixture","threads":1}';
  assertEquals(canonicalJson(specOf("dense")), text);
  assertEquals(caseId(specOf("dense")), "71addaf62c01");
});

Deno.test("secondCopy() has another id and everything else the same", () => {
  const spec = specOf("dense");
  const { options, ...rest } = secondCopy(spec);
  assertNotEquals(caseId(secondCopy(spec)), caseId(spec));
  assertEquals({ ...rest, options: {} }, spec);
  assertEquals(options, { copy: 2 });
});

Deno.test("caseLabel() joins method and scheme", () => {
  assertEquals(caseLabel(specOf("rt3d", { scheme: "kgs 8x4" })), "rt3d kgs 8x4");
  assertEquals(caseLabel(specOf("dense")), "dense");
});

Deno.test("what packing leaves out is part of a case's name, hash and program", () => {
  const spec = specOf("rt3d", { scheme: "kgs 8x4" }), packed = { ...spec, packing: "csr" } as const;
  assertEquals(caseLabel(packed), "rt3d kgs 8x4, csr");
  assertEquals(caseLabel(specOf("unstructured", { packing: "csr" })), "unstructured, csr");
  assertEquals([schemeText(spec), schemeText(packed)], ["kgs 8x4", "kgs 8x4, csr"]);
  assertEquals(schemeText(specOf("unstructured", { packing: "csr" })), "csr");
  assertNotEquals(caseId(packed), caseId(spec));
  assertNotEquals(programId(packed), programId(spec));
});

Deno.test("a program is the same for all thread counts and both copies, and for nothing else", () => {
  const spec = specOf("rt3d");
  const id = programId(spec);
  assertEquals(programId({ ...spec, threads: 4 }), id);
  assertEquals(programId(secondCopy(spec)), id);
  assertNotEquals(programId({ ...spec, rate: 2 }), id);
  assertNotEquals(programId({ ...spec, options: { block: "4x4" } }), id);
});
