/**
 * What tests of networks have in common.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parse } from "@std/csv";
import { fileURLToPath } from "node:url";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { openReference } from "../../graph/reference.ts";
import { type Tensor, values } from "../../graph/tensor.ts";
import { randomInputs } from "../../graph/testing.ts";

/** Path of a file beside the project, e.g. of reference data; `undefined` where there is none. */
export async function sharedFile(path: string): Promise<string | undefined> {
  const found = fileURLToPath(new URL(`../../../shared/${path}`, import.meta.url));
  return await Deno.stat(found).then(() => found, () => undefined);
}

/** Columns of the tables of layers, e.g. `c3d_layers.tsv`. */
export type LayerRow = Record<string, string>;

/** Reads a table of layers that was counted independently. */
export async function readLayerTable(path: string): Promise<LayerRow[]> {
  return parse(await Deno.readTextFile(path), { separator: "\t", skipFirstRow: true });
}

const TYPES: Readonly<Record<string, string>> = { Conv: "conv", MaxPool: "maxpool", Gemm: "fc" };

/**
 * Convolutions, max pools and fully connected layers of a model as a table of layers has them:
 * parameters of a batch normalisation are those of its convolution.
 */
export function layerTable(model: Model): LayerRow[] {
  const { layers } = modelCosts(model);
  const costs = new Map(layers.map((layer) => [layer.name, layer]));
  const list = (extents: readonly number[]) =>
    `(${extents.join(", ")}${extents.length > 1 ? "" : ","})`;
  return model.nodes.flatMap((node) => {
    if (!(node.op in TYPES)) return [];
    const window = node.op === "Conv" || node.op === "MaxPool"
      ? {
        kernel: list(node.attributes.kernel_shape),
        stride: list(node.attributes.strides),
        pad: list(node.attributes.pads.slice(0, node.attributes.strides.length)),
      }
      : { kernel: "", stride: "", pad: "" };
    const { input, output, weights, params, macs } = costs.get(node.name)!;
    const norm = costs.get(`${node.name}/bn`)?.params ?? 0;
    return {
      name: node.name,
      type: TYPES[node.op],
      in: `${input[1]}`,
      out: `${output[1]}`,
      ...window,
      out_shape: list(output.slice(1)),
      weights: `${weights}`,
      params: `${params + norm}`,
      macs: `${macs}`,
    };
  });
}

/** Runs a model on random input in ONNX Runtime, with some nodes' values as outputs. */
export async function runWatched(
  model: Model,
  watched: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  const { layers } = modelCosts(model);
  const outputs = watched.map((name) => {
    const { output } = layers.find((layer) => layer.name === name)!;
    return { name, shape: output };
  });
  await using session = await openReference({ ...model, outputs });
  return await session.run(randomInputs(model));
}

/**
 * Requires that activations keep their scale through the network in ONNX Runtime: after every
 * convolution, normalisation, sum and fully connected layer they are neither lost nor blown up, and
 * outputs differ from each other.
 */
export async function assertLively(model: Model): Promise<void> {
  const ops = ["Conv", "Gemm", "BatchNormalization", "Add", "LRN"];
  const watched = model.nodes.filter(({ op }) => ops.includes(op)).map(({ name }) => name);
  for (const [name, output] of await runWatched(model, watched)) {
    const data = values(output);
    const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
    const square = data.reduce((sum, v) => sum + v * v, 0) / data.length;
    const rms = Math.sqrt(square);
    assert(rms > 0.01 && rms < 50, `${name}: root mean square ${rms}`);
    assert(square - mean * mean > 0.01 * square, `${name}: all values are about ${mean}`);
  }
}

/** Requires that weights are the same for the same seed, and others for another. */
export function assertSeeded(build: (seed: number) => Model): void {
  const [first, again, other] = [build(1), build(1), build(2)];
  assertEquals([...first.weights.keys()], [...again.weights.keys()]);
  for (const [name, weight] of first.weights) {
    assertEquals(values(weight), values(again.weights.get(name)!), name);
    assertNotEquals(values(weight), values(other.weights.get(name)!), name);
  }
}
