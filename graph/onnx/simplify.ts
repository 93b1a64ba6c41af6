/**
 * What is done to a graph once all of its operators have been read.
 *
 * @module
 */

import type { Node } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";

/** Only the nodes that some output needs: shapes that were folded leave others behind. */
export function withoutDeadNodes(nodes: readonly Node[], outputs: Iterable<string>): Node[] {
  const needed = new Set(outputs);
  const alive = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return alive.reverse();
}

/** The nodes with values called by other names. */
export function renamed(nodes: readonly Node[], names: ReadonlyMap<string, string>): Node[] {
  if (names.size === 0) return [...nodes];
  const rename = (name: string) => names.get(name) ?? name;
  // Only names of values change, so the operator keeps its own attributes.
  return nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  } as Node));
}

/**
 * The nodes with additions of a constant row to a fully connected layer made its bias, as exporters
 * write layers that were a product and a sum.
 *
 * @param weightShape shape of a weight, or nothing for what is computed
 * @param outputs names of graph outputs, which stay
 * @returns the nodes, and which weights are to be reshaped to which bias
 */
export function withBiases(
  nodes: readonly Node[],
  weightShape: (name: string) => Shape | undefined,
  outputs: ReadonlySet<string>,
): { readonly nodes: Node[]; readonly biases: ReadonlyMap<string, Shape> } {
  const readers = new Map<string, number>();
  for (const { inputs } of nodes) {
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const layers = new Map<string, number>();
  const fused: (Node | undefined)[] = [];
  const biases = new Map<string, Shape>();
  for (const node of nodes) {
    if (node.op === "Gemm" && node.inputs.length === 2 && !outputs.has(node.outputs[0])) {
      layers.set(node.outputs[0], fused.length);
    }
    const sum = node.op === "Add" ? addition(node.inputs) : undefined;
    if (!sum) fused.push(node);
    else {
      fused.push(undefined);
      fused[sum.at] = {
        ...sum.layer,
        inputs: [...sum.layer.inputs, sum.bias],
        outputs: node.outputs,
      };
      biases.set(sum.bias, sum.shape);
    }
  }
  return { nodes: fused.filter((node) => node !== undefined), biases };

  /** The layer and the bias that are added, when that is what an addition is. */
  function addition(inputs: readonly string[]) {
    for (const [product, bias] of [inputs, [...inputs].reverse()]) {
      const at = layers.get(product);
      const layer = at === undefined ? undefined : fused[at];
      const row = weightShape(bias);
      if (at === undefined || layer?.op !== "Gemm" || !row) continue;
      const [filters] = weightShape(layer.inputs[1]) ?? [];
      const fits = row.at(-1) === filters && sizeOf(row) === filters && row.length <= 2;
      const alone = readers.get(product) === 1 && (row.length === 1 || readers.get(bias) === 1);
      if (fits && alone && filters !== undefined) return { at, layer, bias, shape: [filters] };
    }
  }
}
