/**
 * The ONNX operators that a model can have: how the attributes found in a file become typed ones.
 *
 * @module
 */

import type { Node } from "./model.ts";
import type { Shape } from "./tensor.ts";

/** An attribute as a file holds it. */
export type AttributeValue = number | readonly number[] | string;

/**
 * The attributes of one node in a file. Each is taken by name with the default of the standard;
 * what does not fit is noted as a problem rather than thrown, so that one error can list all.
 */
export class AttributeReader {
  readonly #values: Map<string, AttributeValue>;
  readonly #problem: (text: string) => void;

  /** Reads from `values`; `problem` is called with each thing that is not supported. */
  constructor(values: ReadonlyMap<string, AttributeValue>, problem: (text: string) => void) {
    this.#values = new Map(values);
    this.#problem = problem;
  }

  /** Takes an integer. */
  int(name: string, fallback: number): number {
    const value = this.#take(name) ?? fallback;
    if (typeof value === "number") return value;
    this.#problem(`${name} must be an integer`);
    return fallback;
  }

  /** Takes a list of integers. */
  ints(name: string, fallback: readonly number[]): readonly number[] {
    const value = this.#take(name) ?? fallback;
    if (typeof value === "object") return value;
    this.#problem(`${name} must be a list of integers`);
    return fallback;
  }

  /** Takes an attribute of which only one value is supported; `standard` is its default. */
  only(name: string, supported: AttributeValue, standard: AttributeValue = supported): void {
    const value = this.#take(name) ?? standard;
    if (String(value) !== String(supported)) {
      this.#problem(`${name}=${value} (supported: ${supported})`);
    }
  }

  /** Notes every attribute that nobody took. */
  end(): void {
    for (const [name, value] of this.#values) this.#problem(`unknown attribute ${name}=${value}`);
  }

  #take(name: string): AttributeValue | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }
}

/** Typed attributes of one operator. */
export type AttributesOf<Op extends Node["op"]> = Extract<Node, { readonly op: Op }>["attributes"];

/** Reads the attributes of a node of one operator; `weight` is the shape of its second input. */
type AttributesReader<Op extends Node["op"]> = (
  attributes: AttributeReader,
  weight: Shape | undefined,
) => AttributesOf<Op>;

const fill = (rank: number, value: number) => new Array<number>(rank).fill(value);

const READERS: { readonly [Op in Node["op"]]: AttributesReader<Op> } = {
  Conv(attributes, weight = []) {
    attributes.only("auto_pad", "NOTSET");
    const kernel_shape = attributes.ints("kernel_shape", weight.slice(2));
    const spatial = kernel_shape.length;
    return {
      kernel_shape,
      strides: attributes.ints("strides", fill(spatial, 1)),
      pads: attributes.ints("pads", fill(2 * spatial, 0)),
      dilations: attributes.ints("dilations", fill(spatial, 1)),
      group: attributes.int("group", 1),
    };
  },
  MaxPool(attributes) {
    const kernel_shape = attributes.ints("kernel_shape", []);
    const spatial = kernel_shape.length;
    attributes.only("auto_pad", "NOTSET");
    attributes.only("ceil_mode", 0);
    attributes.only("storage_order", 0);
    attributes.only("dilations", fill(spatial, 1));
    return {
      kernel_shape,
      strides: attributes.ints("strides", fill(spatial, 1)),
      pads: attributes.ints("pads", fill(2 * spatial, 0)),
    };
  },
  Gemm(attributes) {
    attributes.only("alpha", 1);
    attributes.only("beta", 1);
    attributes.only("transA", 0);
    attributes.only("transB", 1, 0);
    return { transB: 1 };
  },
  Relu: () => ({}),
  Flatten: (attributes) => ({ axis: attributes.int("axis", 1) }),
};

/** Whether a model can have the operator. */
export function isOperator(op: string): op is Node["op"] {
  return Object.hasOwn(READERS, op);
}

/** Reads all attributes of a node of operator `op`, with the standard's defaults filled in. */
export function readAttributes<Op extends Node["op"]>(
  op: Op,
  attributes: AttributeReader,
  weight: Shape | undefined,
): AttributesOf<Op> {
  const typed = READERS[op](attributes, weight);
  attributes.end();
  return typed;
}
