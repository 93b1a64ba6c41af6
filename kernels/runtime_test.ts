/**
 * The conformance test: every network of the table, pruned in every way, on every instruction set
 * that this processor runs, against ONNX Runtime on the same weights.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Model } from "../graph/model.ts";
import { values } from "../graph/tensor.ts";
import { type Kernels, type Network, openKernels, type OpenOptions } from "./ffi.ts";
import { KernelError } from "./foreign.ts";
import { lower } from "./plan/lower.ts";
import { packMatrix } from "./plan/pack.ts";
import type { ConvolutionOperator, FullyConnectedOperator, PackedMatrix } from "./plan/plan.ts";
import { writePlan } from "./plan/write.ts";
import { conv, net, NETS } from "./testing/nets.ts";
import { prune, PRUNINGS } from "./testing/prunings.ts";
import { assertAgrees, type Floats, reference } from "./testing/reference.ts";

const SEED = 7;
/** Floats in a vector of each instruction set. */
const LANES: Readonly<Record<string, number>> = { reference: 4, neon: 4, avx2: 8, avx512: 16 };

type Weighted = ConvolutionOperator | FullyConnectedOperator;

/** The runtime with a place for plan files, gone when the test ends. */
async function openBench(): Promise<Bench> {
  return new Bench(await openKernels(), await Deno.makeTempDir());
}

class Bench implements AsyncDisposable {
  constructor(readonly kernels: Kernels, readonly folder: string) {}

  /** Writes the plan of a model, its matrices packed again by `pack` if given; its path. */
  async plan(model: Model, pack?: (op: Weighted) => PackedMatrix): Promise<string> {
    const path = `${this.folder}/${crypto.randomUUID()}.plan`;
    const plan = lower(model);
    const operators = plan.operators.map((op) =>
      pack && "matrix" in op ? { ...op, matrix: pack(op) } : op
    );
    await writePlan({ ...plan, operators }, path);
    return path;
  }

  async run(path: string, inputs: Floats, options: OpenOptions, runs = 1): Promise<Floats> {
    using network = await this.kernels.open(path, options);
    setInputs(network, inputs);
    let outputs = await network.run();
    for (let i = 1; i < runs; i++) outputs = await network.run();
    return outputs;
  }

  /** Instruction sets that this processor runs. */
  async isas(): Promise<string[]> {
    const path = await this.plan(NETS[0].build(SEED));
    const found: string[] = [];
    for (const isa of Object.keys(LANES)) {
      try {
        (await this.kernels.open(path, { isa }))[Symbol.dispose]();
        found.push(isa);
      } catch (error) {
        if (!(error instanceof KernelError && error.status === "isa")) throw error;
      }
    }
    return found;
  }

  async [Symbol.asyncDispose]() {
    this.kernels[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function setInputs(network: Network, inputs: Floats): void {
  for (const [name, input] of inputs) network.setInput(name, input);
}

for (const net of NETS) {
  Deno.test(`the runtime agrees with ONNX Runtime: ${net.name}`, async () => {
    await using bench = await openBench();
    const isas = await bench.isas();
    const dense = net.build(SEED);
    for (const [p, pruning] of PRUNINGS.entries()) {
      const model = prune(dense, pruning, SEED);
      const { inputs, expected } = await reference(model, SEED);
      const path = await bench.plan(model);
      for (const [i, isa] of isas.entries()) {
        const options = { isa, threads: 1 + (p + i) % 3 };
        const outputs = await bench.run(path, inputs, options);
        assertAgrees(outputs, expected, `${pruning.name}, ${JSON.stringify(options)}`);
      }
    }
  });
}

Deno.test("every width and every tile of every block height agrees with ONNX Runtime", async () => {
  await using bench = await openBench();
  const isas = await bench.isas();
  // A plane of one row is one run of positions, and a run of V vectors is one tile where there is
  // a tile so wide: so block heights 8, 4, 2, 1 alone in a layer reach every micro-kernel.
  const MAX_TILE_VECTORS = 12;
  const wanted = (isa: string) =>
    Array.from({ length: MAX_TILE_VECTORS }, (_, v) => (v + 1) * LANES[isa] - 1);
  const narrow = Array.from({ length: 40 }, (_, w) => w + 1);
  const widths = new Set([...isas.flatMap(wanted), ...narrow]);
  for (const filters of [8, 4, 2, 1]) {
    for (const width of widths) {
      const model = net("tile", [3, 1, width], conv(filters, [1, 3], { pad: [0, 1] })).build(SEED);
      const { inputs, expected } = await reference(model, SEED);
      const path = await bench.plan(model);
      for (const isa of isas) {
        const outputs = await bench.run(path, inputs, { isa });
        assertAgrees(outputs, expected, `${filters} filters, width ${width}, ${isa}`);
      }
    }
  }
});

Deno.test("NaN and infinities reach the same outputs as in ONNX Runtime", async () => {
  await using bench = await openBench();
  const nets = NETS.filter(({ name }) => /^3x3, filters|stride 2, odd|ReLU first|long/.test(name));
  const kind = (x: number) => Number.isNaN(x) ? NaN : Number.isFinite(x) ? 0 : x;
  for (const net of nets) {
    for (const special of [NaN, Infinity, -Infinity]) {
      const model = net.build(SEED);
      const { inputs, expected } = await reference(model, SEED, (x) => x[x.length >> 1] = special);
      const path = await bench.plan(model);
      for (const isa of await bench.isas()) {
        const outputs = await bench.run(path, inputs, { isa });
        const message = `${net.name}, ${special}, ${isa}`;
        for (const [name, wanted] of expected) {
          assertEquals(outputs.get(name)!.map(kind), values(wanted).map(kind), message);
        }
      }
    }
  }
});

Deno.test("every run computes anew: an input of NaN leaves no trace in the next output", async () => {
  await using bench = await openBench();
  for (const net of NETS) {
    const model = net.build(SEED), path = await bench.plan(model);
    const { inputs, expected } = await reference(model, SEED);
    using network = await bench.kernels.open(path, { threads: 2 });
    for (const [name, input] of inputs) network.setInput(name, input.map(() => NaN));
    await network.run();
    setInputs(network, inputs);
    assertAgrees(await network.run(), expected, net.name);
  }
});

Deno.test("results do not depend on the blocks of channels that the tuning chooses", async () => {
  await using bench = await openBench();
  const nets = NETS.filter(({ name }) => /channel|long|every kind/.test(name));
  for (const [net, pruning] of nets.flatMap((net) => PRUNINGS.map((p) => [net, p] as const))) {
    const model = prune(net.build(SEED), pruning, SEED);
    const { inputs, expected } = await reference(model, SEED);
    const path = await bench.plan(model, (op) => {
      const weight = model.weights.get(`${op.name}.weight`)!;
      const bias = model.weights.get(`${op.name}.bias`);
      const structure = model.structures.get(`${op.name}.weight`);
      const { rows, channels, taps } = op.matrix;
      const source = { rows, channels, taps, values: values(weight) };
      return packMatrix({
        ...source,
        ...(bias && { bias: values(bias) }),
        ...(structure && { structure }),
      }, 4);
    });
    assertAgrees(await bench.run(path, inputs, {}), expected, `${net.name}, ${pruning.name}`);
  }
});

Deno.test("outputs are the same bit for bit for any number of threads and in every run", async () => {
  await using bench = await openBench();
  for (const isa of await bench.isas()) {
    for (const net of NETS) {
      for (
        const pruning of PRUNINGS.filter(({ name }) => /dense|kgs 8x4|unstr.* 0.28/.test(name))
      ) {
        const model = prune(net.build(SEED), pruning, SEED);
        const { inputs } = await reference(model, SEED);
        const path = await bench.plan(model);
        const first = await bench.run(path, inputs, { isa });
        for (const options of [{ isa, threads: 2 }, { isa, threads: 3 }]) {
          const again = await bench.run(path, inputs, options, 3);
          assertEquals(again, first, `${net.name}, ${pruning.name}, ${JSON.stringify(options)}`);
        }
      }
    }
  }
});
