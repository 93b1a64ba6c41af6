/**
 * What every builder of models has: values by name, nodes in order, shapes checked as they grow.
 *
 * @module
 */

import type { Model, Node, ValueInfo } from "../model.ts";
import { inferShapes, outputShapes } from "../shapes.ts";
import type { Shape, Tensor } from "../tensor.ts";

/** A weight: its values, or a function that makes them once the builder knows the shape. */
export type WeightSource = Tensor | ((shape: Shape, name: string) => Tensor);

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** The list that a {@linkcode PerAxis} stands for. */
export function perAxis(value: PerAxis, spatial: number): readonly number[] {
  return typeof value === "number" ? new Array<number>(spatial).fill(value) : value;
}

/** The ground that {@linkcode GraphBuilder} stands on: inputs, weights, nodes and outputs. */
export class BuilderCore {
  readonly #name: string;
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #nodes: Node[] = [];
  readonly #weights = new Map<string, Tensor>();
  readonly #shapes = new Map<string, Shape>();

  /** Starts an empty graph, or goes on from what a model has: all of it but its outputs. */
  constructor(name: string, from?: Model) {
    this.#name = name;
    if (!from) return;
    for (const { name, shape } of from.inputs) this.input(name, shape);
    for (const [name, weight] of from.weights) this.weight(name, weight);
    for (const node of from.nodes) this.append(node);
  }

  /** Adds a graph input. */
  input(name: string, shape: Shape): string {
    this.#inputs.push({ name, shape });
    this.#shapes.set(name, shape);
    return name;
  }

  /**
   * Adds a constant that any operator can read, e.g. the factors of a product.
   *
   * @throws {RangeError} when another weight has that name.
   */
  weight(name: string, weight: Tensor): string {
    if ((this.#weights.get(name) ?? weight) !== weight) {
      throw new RangeError(
        `Cannot build model "${this.#name}" as names of weights must be unique: ` +
          `current value is "${name}"`,
      );
    }
    this.#weights.set(name, weight);
    this.#shapes.set(name, weight.shape);
    return name;
  }

  /** Adds any node; returns the names of its outputs. @throws {RangeError} on a shape misfit. */
  append(node: Node): readonly string[] {
    const shapes = outputShapes(node, node.inputs.map((name) => this.shapeOf(name)));
    this.#nodes.push(node);
    node.outputs.forEach((name, i) => this.#shapes.set(name, shapes[i]));
    return node.outputs;
  }

  /** Makes the value `x` an output of the graph. */
  output(x: string): this {
    this.#outputs.push({ name: x, shape: this.shapeOf(x) });
    return this;
  }

  /** Shape of a value built so far. @throws {RangeError} when there is no such value. */
  shapeOf(x: string): Shape {
    const shape = this.#shapes.get(x);
    if (shape) return shape;
    throw new RangeError(
      `Cannot build model "${this.#name}" as a value must be built before it is read: ` +
        `current value is "${x}"`,
    );
  }

  /** The finished model. @throws {RangeError} when two values have one name. */
  build(): Model {
    const model: Model = {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      weights: new Map(this.#weights),
      structures: new Map(),
      metadata: {},
    };
    inferShapes(model);
    return model;
  }

  /** Adds a weight of the shape that an operator needs. */
  protected weightOf(name: string, source: WeightSource, shape: Shape): string {
    return this.weight(name, typeof source === "function" ? source(shape, name) : source);
  }

  /** Adds a node with one output, which is called what the node is called. */
  protected appendOne(node: Omit<Node, "outputs">): string {
    // A member of a union loses its kind when a field is left out and put back.
    return this.append({ ...node, outputs: [node.name] } as Node)[0];
  }
}
