import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { findCompressor, roleOf } from "../compressors/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import { findSuite, SUITES } from "./registry.ts";
import { tinySuite } from "./testing.ts";

/** Parameters and multiply-accumulates, counted from the papers' descriptions. */
const COUNTS: Readonly<Record<string, readonly [params: number, macs: number]>> = {
  "c3d": [78_409_573, 38_547_378_176],
  "r2plus1d-18": [31_351_938, 40_518_927_872],
  "s3d": [8_013_573, 4_474_093_568],
  "s3d-224": [8_013_573, 17_978_465_280],
  "alexnet": [60_965_224, 724_406_816],
  "vgg-s": [102_908_520, 2_637_708_320],
  "googlenet": [6_998_552, 1_582_671_872],
  "vgg-16": [138_357_544, 15_470_264_320],
  "vgg-16-cifar": [14_724_042, 313_201_664],
  "resnet-18-cifar": [11_173_962, 555_422_720],
  "resnet-50-cifar": [23_520_842, 1_297_829_888],
  "resnet-18": [11_689_512, 1_814_073_344],
  "resnet-50": [25_557_032, 4_089_184_256],
  "yolov4": [64_342_109, 17_258_188_800],
  "yolov4-416": [64_342_109, 29_166_339_072],
  "yolov4-608": [64_342_109, 62_302_061_568],
  "yolov4-mish": [64_342_109, 17_258_188_800],
  // Three modules more, each a 1x1 convolution of 256, 512 and 1024 channels.
  "yolov4-sam": [65_721_949, 17_572_761_600],
  "yolov4-hard-sam": [65_721_949, 17_572_761_600],
};

for (const suite of [...SUITES, tinySuite]) {
  // One test for all, since building a network of 138 million weights takes a while.
  Deno.test(`suite ${suite.id} has the published network, an input that fits it, and rows that run`, async () => {
    const model = suite.buildModel(1);
    const { params, macs } = modelCosts(model);
    if (suite !== tinySuite) assertEquals([params, macs], COUNTS[suite.id]);

    const { tensors, description } = await suite.loadInput(model, { seed: 1 });
    assertEquals([...tensors].map(([name, { shape }]) => ({ name, shape })), model.inputs);
    assertStringIncludes(description, "generated");

    assert(suite.rate > 1 && suite.rateSource !== "");
    assertEquals(suite.rows[0].role, "baseline");
    assertEquals(suite.rows.filter(({ role }) => role === "baseline").length, 1);
    const names = suite.rows.map(({ method, scheme }) => `${method} ${scheme}`);
    assertEquals(new Set(names).size, names.length);
    for (const { method, options, role } of suite.rows) {
      if (role === "peer") continue;
      const compressor = findCompressor(method);
      assertEquals(compressor.supports(model, compressor.parseOptions(options)), { ok: true });
    }
  });
}

Deno.test("every network is compared by the four methods and two controls", () => {
  for (const { id, rows } of SUITES) {
    const methods = new Set(rows.map(({ method }) => method));
    for (const method of ["rt3d", "yolobile", "tucker", "autocompress"]) {
      assert(methods.has(method), `${id}: ${method}`);
    }
    assertEquals(rows.filter(({ role }) => role === "control").length, 2, id);
    for (const { method, role } of rows) {
      if (role !== "baseline" && role !== "peer") assertEquals(role, roleOf(method), method);
    }
  }
});

Deno.test("every suite has an id of its own", () => {
  assertEquals(new Set(SUITES.map(({ id }) => id)).size, SUITES.length);
});

Deno.test("findSuite() gives the nearest names where there is none", () => {
  assertEquals(findSuite("tiny", [tinySuite]), tinySuite);
  const { message } = assertThrows(() => findSuite("c4d"), RangeError);
  assertStringIncludes(message, 'Cannot find suite "c4d": did you mean "c3d"');
});
