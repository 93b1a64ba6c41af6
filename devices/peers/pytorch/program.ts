/**
 * A model as a program for PyTorch: a module whose `forward` has one line for each operator, and the
 * values of its constants.
 *
 * @module
 */

import type { Model, Node } from "../../../graph/model.ts";
import { inferShapes } from "../../../graph/shapes.ts";
import { sizeOf, type Tensor, tensor } from "../../../graph/tensor.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { list, type Site, type Write } from "./expression.ts";
import { MOVEMENT } from "./movement.ts";
import { WINDOWS } from "./windows.ts";

/** A program and what it reads. */
export interface TorchProgram {
  /** Python source of the class `Network`, which is made from one tensor of all floats. */
  readonly source: string;
  /** The floats, in this order. */
  readonly weights: readonly Tensor[];
}

const WRITERS = { ...WINDOWS, ...ELEMENTWISE, ...MOVEMENT };

/**
 * Writes a model out for PyTorch.
 *
 * @throws {RangeError} when the model's shapes do not fit.
 */
export function torchProgram(model: Model): TorchProgram {
  const shapes = inferShapes(model);
  const constants = new Constants();
  const names = new Map<string, string>();
  model.inputs.forEach(({ name }, i) => names.set(name, `x${i}`));
  const expression = (name: string) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const added = constants.add(model.weights.get(name)!);
    names.set(name, added);
    return added;
  };
  const lines = model.nodes.flatMap((node, i) => {
    const written = [write(node, {
      x: node.inputs.map(expression),
      inputs: node.inputs.map((name) => shapes.get(name)!),
      outputs: node.outputs.map((name) => shapes.get(name)!),
      constant: (values, shape) => constants.add(tensor(Float32Array.from(values), shape)),
      positions: (values) => constants.addPositions(values),
    })].flat();
    return node.outputs.map((output, part) => {
      const value = node.outputs.length === 1 ? `v${i}` : `v${i}_${part}`;
      names.set(output, value);
      return `${value} = ${written[part]}  # ${JSON.stringify(node.name)}`;
    });
  });
  const results = model.outputs.map(({ name }) => `${expression(name)},`).join(" ");
  const source = [
    `# Written out from the ONNX graph ${JSON.stringify(model.name)}.`,
    "import torch",
    "import torch.nn.functional as F",
    "",
    "",
    "class Network(torch.nn.Module):",
    "    def __init__(self, floats):",
    "        super().__init__()",
    ...constants.lines.map((line) => `        ${line}`),
    "",
    `    def forward(self, ${model.inputs.map(({ name }) => names.get(name)).join(", ")}):`,
    ...lines.map((line) => `        ${line}`),
    `        return (${results})`,
    "",
  ].join("\n");
  return { source, weights: constants.floats };
}

function write(node: Node, site: Site): string | string[] {
  // Each writer takes the nodes that it is listed under.
  return (WRITERS[node.op] as Write<Node["op"]>)(node, site);
}

/** The constants of a program, as lines of its constructor. */
class Constants {
  readonly lines: string[] = [];
  readonly floats: Tensor[] = [];
  #begin = 0;

  add(values: Tensor): string {
    const end = this.#begin + sizeOf(values.shape);
    const part = `floats[${this.#begin}:${end}].view(${list(values.shape)})`;
    this.#begin = end;
    this.floats.push(values);
    return this.#keep(part);
  }

  addPositions(values: ArrayLike<number>): string {
    return this.#keep(`torch.tensor(${list(Array.from(values))})`);
  }

  #keep(value: string): string {
    const name = `c${this.lines.length}`;
    this.lines.push(`self.register_buffer("${name}", ${value})`);
    return `self.${name}`;
  }
}
