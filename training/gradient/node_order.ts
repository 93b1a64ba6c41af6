/**
 * The order of nodes in a file, by which ONNX Runtime decides when it executes them.
 *
 * @module
 */

import type { onnx } from "onnx-proto";

/**
 * Orders nodes such that ONNX Runtime executes them about in the order in which they are given.
 *
 * It executes what an output needs, output after output, inputs before what reads them, and where there
 * is a choice begins with what is last in the file. Left alone, it would go down to the first layer
 * before it computes the gradient of any weight, and keep all that these need in memory. So of the
 * nodes that could be next, the one that was given last is written first. The file is in topological
 * order, as the standard wants it.
 */
export function inFileOrder(nodes: readonly onnx.INodeProto[]): onnx.INodeProto[] {
  const writer = new Map(
    nodes.flatMap((node, i) => node.output!.map((name) => [name, i] as const)),
  );
  const readers = nodes.map((): number[] => []);
  const missing = nodes.map((node, i) => {
    const sources = new Set(
      node.input!.flatMap((name) => writer.has(name) ? [writer.get(name)!] : []),
    );
    for (const source of sources) readers[source].push(i);
    return sources.size;
  });
  // Ascending, so that the one that was given last is at the end.
  const ready = nodes.flatMap((_, i) => missing[i] === 0 ? [i] : []);
  const order: onnx.INodeProto[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(nodes[next]);
    for (const reader of readers[next]) {
      if (--missing[reader] > 0) continue;
      const at = ready.findLastIndex((other) => other < reader);
      ready.splice(at + 1, 0, reader);
    }
  }
  return order;
}
