import { GraphBuilder } from "../graph/builder.ts";
import { Random } from "../graph/random.ts";
import { sizeOf, tensor } from "../graph/tensor.ts";
import { modelCosts } from "../graph/costs.ts";
import { COMPRESSORS, findCompressor } from "./registry.ts";
const init = (shape: readonly number[], name: string) => {
  const fan = sizeOf(shape.slice(1)) || 1;
  const b = Math.sqrt(6 / fan);
  return tensor(new Random(1, name).fillUniform(new Float32Array(sizeOf(shape)), -b, b), shape);
};
const g = new GraphBuilder("c3d");
let x = g.input("clip", [1, 3, 16, 112, 112]);
const conv = (n: string, f: number) => {
  x = g.relu(g.conv(x, { name: n, filters: f, kernel: 3, pad: 1, weights: init, bias: init }));
};
const pool = (n: string, k: number[], pad: number[] = [0, 0, 0]) => {
  x = g.maxPool(x, { name: n, kernel: k, pad });
};
conv("conv1", 64);
pool("pool1", [1, 2, 2]);
conv("conv2", 128);
pool("pool2", [2, 2, 2]);
conv("conv3a", 256);
conv("conv3b", 256);
pool("pool3", [2, 2, 2]);
conv("conv4a", 512);
conv("conv4b", 512);
pool("pool4", [2, 2, 2]);
conv("conv5a", 512);
conv("conv5b", 512);
pool("pool5", [2, 2, 2], [0, 1, 1]);
x = g.flatten(x);
x = g.relu(g.gemm(x, { name: "fc6", outputs: 4096, weights: init, bias: init }));
x = g.relu(g.gemm(x, { name: "fc7", outputs: 4096, weights: init, bias: init }));
x = g.gemm(x, { name: "fc8", outputs: 101, weights: init, bias: init });
g.output(x);
const model = g.build();
const c = modelCosts(model);
console.log(c.denseMacs, c.denseParams);
const runs: [string, unknown][] = Deno.args.length
  ? [[Deno.args[0], JSON.parse(Deno.args[1] ?? "{}")]]
  : [
    ["rt3d", {}],
    ["rt3d", { block: "4x4" }],
    ["rt3d", { scheme: "vanilla" }],
    ["rt3d", { scheme: "filter" }],
    ["rt3d", { allocation: "global" }],
    ["yolobile", {}],
    ["unstructured", {}],
    ["unstructured", { allocation: "global" }],
    ["random-kgs", {}],
    ["autocompress", {}],
    ["dense", {}],
  ];
for (const [id, o] of runs) {
  const t = performance.now();
  const k = findCompressor(id);
  const m = await k.compress(model, { macs: 3.6 }, k.parseOptions(o), {
    seed: 1,
    onProgress: (p) => {
      if (Deno.args.length) console.log((performance.now() - t).toFixed(0), p.label);
    },
  });
  const cc = modelCosts(m);
  console.log(
    id,
    JSON.stringify(o),
    ((performance.now() - t) / 1000).toFixed(2) + " s",
    "rate",
    (c.denseMacs / cc.macs).toFixed(6),
    "params",
    (c.denseParams / cc.params).toFixed(3),
    m.report.notes.join("; "),
  );
  if (Deno.args.length || id === "autocompress" || JSON.stringify(o).includes("filter")) {
    console.log(
      m.report.layers.map((l) => `  ${l.layer}: ${l.decision} ${(l.denseMacs / l.macs).toFixed(2)}`)
        .join("\n"),
    );
  }
}
console.log(Math.round(Deno.memoryUsage().rss / 1e6) + " MB");
