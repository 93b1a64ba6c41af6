/**
 * Times convolutions alone: the layer shapes of `shapes.tsv`, dense and pruned at one density.
 *
 *     deno task bench-kernels [--match TEXT] [--threads N] [--rounds N] [--isa NAME]
 *
 * Schemes are timed interleaved, round after round, so that what slows the machine slows all. The
 * products of kept weights are counted, so the rate of a scheme says how busy it keeps the
 * processor: its quotient with the rate of the dense layer by the direct kernels is the efficiency
 * of the scheme. The best dense form may be Winograd's, whose rate counts the products that it saves.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { GraphBuilder } from "../../graph/builder.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { randomInputs, randomTensor } from "../../graph/testing.ts";
import { values } from "../../graph/tensor.ts";
import { type Network, openKernels } from "../ffi.ts";
import { lower } from "../plan/lower.ts";
import { storedBytes } from "../plan/stored_bytes.ts";
import { writePlan } from "../plan/write.ts";
import { prune, PRUNINGS } from "../testing/prunings.ts";

/** How a layer is computed: a pruning of the tests' table, dense ones also by Winograd's algorithm. */
interface Scheme {
  readonly name: string;
  readonly pruning: string;
  readonly winograd: boolean;
}

const SCHEMES: readonly Scheme[] = [
  { name: "dense", pruning: "dense", winograd: false },
  { name: "best dense", pruning: "dense", winograd: true },
  ...["kgs 8x4 0.28", "kgs 4x4 0.28", "unstructured 0.28"].map((name) => (
    { name, pruning: name, winograd: false }
  )),
];
const SEED = 1;

/** One line of `shapes.tsv`. */
interface Shape {
  readonly name: string;
  readonly model: Model;
}

async function readShapes(match: string): Promise<Shape[]> {
  const text = await Deno.readTextFile(new URL("shapes.tsv", import.meta.url));
  return text.trimEnd().split("\n").slice(1).map((line): Shape => {
    const [network, layer, channels, input, filters, kernel, stride, pad] = line.split("\t");
    const list = (field: string) => field.split("x").map(Number);
    const name = `${network} ${layer}`, g = new GraphBuilder(name);
    const y = g.conv(g.input("x", [1, Number(channels), ...list(input)]), {
      name: layer,
      filters: Number(filters),
      kernel: list(kernel),
      stride: list(stride),
      pad: list(pad),
      weights: (shape, name) => randomTensor(shape, SEED, name),
    });
    return { name, model: g.output(y).build() };
  }).filter(({ name }) => name.includes(match));
}

/** A layer under one scheme, loaded. */
interface Entry {
  readonly scheme: string;
  readonly macs: number;
  /** Weights and index, bytes. */
  readonly stored: number;
  readonly network: Network;
  /** Nanoseconds of each round. */
  readonly times: number[];
}

const flags = parseArgs(Deno.args, {
  string: ["match", "threads", "rounds", "isa"],
  default: { match: "", threads: "1", rounds: "15", isa: "" },
});
using kernels = await openKernels((message) => console.error(message));
const folder = await Deno.makeTempDir();
console.log(`${flags.isa || kernels.bestIsa}, ${flags.threads} thread(s)`);
console.log(
  ["layer", "scheme", "median ms", "least ms", "GFLOP/s", "stored KiB", "efficiency"].join("\t"),
);
try {
  for (const { name, model } of await readShapes(flags.match)) {
    const entries: Entry[] = [];
    for (const scheme of SCHEMES) {
      const pruned = prune(model, PRUNINGS.find((p) => p.name === scheme.pruning)!, SEED);
      const plan = lower(pruned, { winograd: scheme.winograd }),
        path = `${folder}/${entries.length}.plan`;
      await writePlan(plan, path);
      const network = await kernels.open(path, {
        threads: Number(flags.threads),
        isa: flags.isa,
      });
      const [[, input]] = randomInputs(model, SEED);
      network.setInput(0, Float32Array.from(values(input)));
      await network.measure(2); // warms caches and the clock of the processor
      const stored = plan.operators.map(storedBytes).reduce((n, b) => n + b.values + b.index, 0);
      entries.push({
        scheme: scheme.name,
        macs: modelCosts(pruned).macs,
        stored,
        network,
        times: [],
      });
    }
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const { network, times } of entries) times.push(...await network.measure(1));
    }
    const rates: number[] = [];
    for (const { scheme, macs, stored, network, times } of entries) {
      network[Symbol.dispose]();
      times.sort((a, b) => a - b);
      const median = times[times.length >> 1];
      rates.push(2 * macs / median);
      console.log([
        name,
        scheme,
        (median / 1e6).toFixed(3),
        (times[0] / 1e6).toFixed(3),
        rates.at(-1)!.toFixed(1),
        (stored / 1024).toFixed(0),
        (rates.at(-1)! / rates[0]).toFixed(2),
      ].join("\t"));
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
