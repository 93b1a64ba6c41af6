import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { cp } from "./cp.ts";
import { referenceOutput, smallDetector, smallResNet, smallResNeXt } from "./testing.ts";

const compress = (model: ReturnType<typeof smallResNet>, macs: number, raw: object, align = 1) =>
  cp.compress(model, { macs }, cp.parseOptions(raw), { seed: 1, align });

const decisionsOf = ({ report }: Awaited<ReturnType<typeof compress>>) =>
  new Map(report.layers.map(({ layer, decision }) => [layer, decision]));

Deno.test("convolutions become four factors, the first two, 1x1 and fully connected ones two", async () => {
  const compressed = await compress(smallResNet(), 2, { sweeps: 3 }, 8);
  const chain = (layer: string) =>
    compressed.nodes.filter(({ name }) => name.startsWith(`${layer}/`) && !name.includes("norm"))
      .map(({ name, op }) => [op, name.slice(layer.length + 1)]);
  const convolutions = (layer: string) =>
    chain(layer).filter(([op]) => op === "Conv" || op === "Gemm").map(([, factor]) => factor);
  assertEquals(convolutions("stem"), ["core", "out"]);
  assertEquals(convolutions("2b"), ["in", "height", "width", "out"]);
  assertEquals(convolutions("2skip"), ["core", "out"]);
});

Deno.test("the vertical step is on the vertical factor, the horizontal one on the other", async () => {
  const { nodes } = await compress(smallResNet(), 2, { sweeps: 1 });
  const stridesOf = (name: string) =>
    nodes.flatMap((node) =>
      node.name === name && node.op === "Conv" ? node.attributes.strides : []
    );
  assertEquals(
    ["in", "height", "width", "out"].map((factor) => stridesOf(`2a/${factor}`)),
    [[1, 1], [2, 1], [1, 2], [1, 1]],
  );
});

Deno.test("ranks as found are a third of the largest extent", async () => {
  const raw = { ranks: "third", scaling: "as-found", sweeps: 2 };
  const decisions = decisionsOf(await compress(smallResNet(), 1, raw));
  // 64 filters of 64 channels, and 96 of 64.
  assertEquals([decisions.get("3b"), decisions.get("4a")], ["R=21", "R=32"]);
});

Deno.test("groups have components of their own, of one rank", async () => {
  const compressed = await compress(smallResNeXt(), 1.3, { sweeps: 5 });
  assertEquals(/^R=\d+x4$/.test(decisionsOf(compressed).get("grouped")!), true);
  const groups = compressed.nodes.flatMap((node) =>
    node.name.startsWith("grouped/") && node.op === "Conv" ? node.attributes.group : []
  );
  const rank = compressed.weights.get("grouped/in.weight")!.shape[0];
  assertEquals(groups, [4, rank, rank, 4]);
});

Deno.test("more sweeps leave less of an error", async () => {
  const model = smallDetector();
  const expected = await referenceOutput(model);
  const few = await compress(model, 1.5, { sweeps: 1, fullyConnected: false });
  const many = await compress(model, 1.5, { sweeps: 40, fullyConnected: false });
  const error = async (m: typeof few) => relativeError(await referenceOutput(m), expected);
  assertLess(await error(many), await error(few));
  const sum = (m: typeof few) => {
    const { columns, rows } = m.report.traces!.find(({ id }) => id === "ranks")!;
    const at = columns.indexOf("relative error");
    return rows.reduce((total, row) => total + Number(row[at]), 0);
  };
  assertLess(sum(many), sum(few));
});

Deno.test("options of CP are checked", () => {
  assertThrows(() => cp.parseOptions({ ranks: "evbmf" }), RangeError, '"ratio", "third"');
  assertThrows(() => cp.parseOptions({ sweeps: 0 }), RangeError, "at least 1");
  assertThrows(() => cp.parseOptions({ decomposition: "hooi" }), RangeError, "no option");
});
