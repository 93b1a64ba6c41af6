import { assertEquals } from "@std/assert";
import type { onnx } from "onnx-proto";
import { Random } from "../../graph/random.ts";
import { inFileOrder } from "./node_order.ts";

/** Nodes that each write the value called as they are, e.g. `c: ["a", "b"]`. */
function nodesOf(graph: Readonly<Record<string, readonly string[]>>): onnx.INodeProto[] {
  return Object.entries(graph).map(([name, input]) => ({
    name,
    input: [...input],
    output: [name],
  }));
}

function namesInOrder(nodes: readonly onnx.INodeProto[]): string[] {
  return inFileOrder(nodes).map(({ name }) => name!);
}

/**
 * The order in which ONNX Runtime executes a file: from outputs up, the last node of the file first
 * wherever there is a choice, each node once its inputs are there.
 */
function executed(file: readonly onnx.INodeProto[]): string[] {
  const order: string[] = [];
  const indexOf = new Map(file.map(({ name }, i) => [name!, i]));
  const visit = (name: string): void => {
    if (order.includes(name) || !indexOf.has(name)) return;
    const sources = file[indexOf.get(name)!].input!.filter((input) => indexOf.has(input));
    sources.sort((a, b) => indexOf.get(b)! - indexOf.get(a)!).forEach(visit);
    order.push(name);
  };
  const read = new Set(file.flatMap(({ input }) => input!));
  file.map(({ name }) => name!).filter((name) => !read.has(name)).reverse().forEach(visit);
  return order;
}

Deno.test("gradients of weights are executed layer by layer, not after all other nodes", () => {
  const nodes = nodesOf({
    y1: ["x", "w1"],
    y2: ["y1", "w2"],
    dy2: ["y2"],
    dw2: ["dy2", "y1"],
    mask: ["y1"],
    dy1: ["dy2", "w2"],
    masked: ["dy1", "mask"],
    dw1: ["masked", "x"],
  });
  const order = executed(inFileOrder(nodes));
  assertEquals(order.slice(0, 4), ["y1", "y2", "dy2", "dw2"]);
  assertEquals(order.slice(4), ["dy1", "mask", "masked", "dw1"]);
});

Deno.test("a file is in topological order and has every node once", () => {
  const random = new Random(4, "node order");
  for (let round = 0; round < 50; round++) {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const nodes = nodesOf(Object.fromEntries(names.map((name, i) => [
      name,
      i === 0 ? ["x"] : [names[random.integer(i)], names[random.integer(i)]],
    ])));
    const order = namesInOrder(nodes);
    assertEquals([...order].sort(), [...names].sort());
    for (const { name, input } of nodes) {
      for (const source of input!.filter((value) => value !== "x")) {
        assertEquals(order.indexOf(source) < order.indexOf(name!), true);
      }
    }
  }
});
