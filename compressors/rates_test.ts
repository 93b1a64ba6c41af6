import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Model } from "../graph/model.ts";
import { formatRates, parseRates } from "./rates.ts";
import { findCompressor } from "./registry.ts";
import { smallC3d, smallDetector, smallMobileNet, smallResNet } from "./testing.ts";

const NETS = [smallC3d(), smallResNet(), smallDetector(), smallMobileNet()];

const compress = (id: string, raw: unknown, model: Model, macs: number, rates?: string) => {
  const compressor = findCompressor(id);
  const selection = rates === undefined ? undefined : { rates: parseRates(rates) };
  return compressor.compress(model, { macs }, compressor.parseOptions(raw), { seed: 1, selection });
};

const shapesOf = ({ weights }: Model) => [...weights].map(([name, { shape }]) => [name, ...shape]);

for (
  const [id, raw] of [
    ["rt3d", {}],
    ["rt3d", { scheme: "vanilla", allocation: "global" }],
    ["yolobile", {}],
    ["unstructured", {}],
    ["rt3d", { scheme: "filter" }],
  ] as const
) {
  Deno.test(`${id} ${JSON.stringify(raw)} gives the same again from its own rates`, async () => {
    for (const model of NETS) {
      const once = await compress(id, raw, model, 1.7);
      const rates = formatRates(once.report);
      const again = await compress(id, raw, model, 1.7, rates);
      assertEquals(shapesOf(again), shapesOf(once), model.name);
      assertEquals(again.structures, once.structures, model.name);
      assertEquals(formatRates(again.report), rates, model.name);
    }
  });
}

Deno.test("a rate of one layer is met, and the others share the rest of the target", async () => {
  const model = smallC3d();
  for (const [id, raw] of [["rt3d", {}], ["yolobile", {}], ["autocompress", {}], ["tucker", {}]]) {
    const rates = '{"layers": {"conv3": 4}}';
    const { report } = await compress(id as string, raw, model, 2, rates);
    const reached = report.layers.find(({ layer }) => layer === "conv3")!.rate;
    assertAlmostEquals(reached, 4, id === "tucker" ? 1.2 : 0.2);
    assertEquals(reached >= 4 - 1e-9, true, id as string);
  }
});

Deno.test("autocompress meets the rates of all layers that it has reached before", async () => {
  for (const model of NETS) {
    const once = await compress("autocompress", {}, model, 1.7);
    const again = await compress("autocompress", {}, model, 1.6, formatRates(once.report));
    const wanted = parseRates(formatRates(once.report));
    for (const { layer, rate } of again.report.layers) {
      assertEquals(rate >= (wanted.get(layer) ?? 1) - 1e-9, true, `${model.name} ${layer}`);
    }
  }
});

Deno.test("rates that cannot be met are refused with the layer and the reason", async () => {
  const model = smallC3d();
  const cases: [id: string, rates: string, message: string][] = [
    [
      "rt3d",
      '{"layers": {"conv1": 2}}',
      '"conv1" as its rate must be 1 (it is left alone: the first',
    ],
    ["rt3d", '{"layers": {"conv2": 1e6}}', '"conv2" as its rate must be at most'],
    ["tucker", '{"layers": {"conv2": 1e6}}', '"conv2" as its rate must be at most'],
    ["autocompress", '{"layers": {"fc6": 2}}', '"fc6" as its rate must be 1'],
    ["rt3d", '{"layers": {"conv22": 2}}', 'none is named "conv22": did you mean "conv2"'],
  ];
  for (const [id, rates, message] of cases) {
    await assertRejects(() => compress(id, {}, model, 1.2, rates), RangeError, message);
  }
});

Deno.test("a rates file that is none is refused", () => {
  assertThrows(() => parseRates("conv1: 3"), SyntaxError);
  for (const text of ["[]", "{}", '{"layers": []}', '{"layers": {}, "other": 1}', "null"]) {
    assertThrows(() => parseRates(text), TypeError, 'must be {"layers": {NAME: RATE}}');
  }
  for (const rate of ["0.5", '"3"', "null"]) {
    assertThrows(() => parseRates(`{"layers": {"a": ${rate}}}`), RangeError, 'that of "a"');
  }
});
