import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { findCompressor } from "../compressors/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import { clipShape } from "./datasets/protocol.ts";
import { findSuite, SUITES } from "./registry.ts";
import { tinySuite } from "./testing.ts";

for (const suite of [...SUITES, tinySuite]) {
  Deno.test(`suite ${suite.id} has rows that can be run, the baseline first`, () => {
    assertEquals(suite.rows[0].role, "baseline");
    assertEquals(suite.rows.filter(({ role }) => role === "baseline").length, 1);
    const model = suite.buildModel(1);
    assertEquals(model.inputs.map(({ shape }) => shape), [clipShape(suite.protocol)]);
    const names = suite.rows.map(({ method, scheme }) => `${method} ${scheme}`);
    assertEquals(new Set(names).size, names.length);
    for (const { method, options, role } of suite.rows) {
      if (role === "peer") continue;
      const compressor = findCompressor(method);
      assertEquals(compressor.supports(model, compressor.parseOptions(options)), { ok: true });
    }
    assert(suite.rate > 1 && suite.rateSource !== "");
  });
}

Deno.test("the suite c3d compares the four methods and their controls on the published network", () => {
  const c3d = findSuite("c3d");
  assertEquals(c3d.rate, 3.6);
  const { macs, params } = modelCosts(c3d.buildModel(1));
  assertEquals([params, (macs / 1e9).toFixed(3)], [78_409_573, "38.547"]);
  const methods = new Set(c3d.rows.map(({ method }) => method));
  for (const id of ["rt3d", "yolobile", "tucker", "autocompress", "unstructured", "random-kgs"]) {
    assert(methods.has(id), id);
  }
});

Deno.test("findSuite() gives the nearest names where there is none", () => {
  assertEquals(findSuite("tiny", [tinySuite]), tinySuite);
  const { message } = assertThrows(() => findSuite("c4d"), RangeError);
  assertStringIncludes(message, 'Cannot find suite "c4d": did you mean "c3d"?');
});
