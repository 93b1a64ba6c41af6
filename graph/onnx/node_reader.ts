/**
 * One node of a file, as the readers of operators see it.
 *
 * @module
 */

import type { Node } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { AttributeReader } from "./attributes.ts";
import type { Constant } from "./constants.ts";
import type { FileNode } from "./file.ts";
import type { Importer } from "./importer.ts";
import { UnsupportedError } from "./unsupported.ts";

/** Lists that attributes of the normal form are made of are not longer than this. */
const MOST_VALUES = 2 ** 16;

/** Typed attributes of one operator. */
export type AttributesOf<Op extends Node["op"]> = Extract<Node, { readonly op: Op }>["attributes"];

/** Brings one node of a file into normal form. */
export type OperatorReader = (node: NodeReader) => void;

/**
 * One node of a file: its inputs and attributes, and the ways to say what it becomes. A reader
 * calls {@linkcode NodeReader.end} for the operator that makes the outputs, or says that an output
 * is another value or a constant.
 */
export class NodeReader {
  /** Unique name of the node. */
  readonly name: string;
  /** Operator in the file. */
  readonly op: string;
  /** Version of the standard's operators. */
  readonly opset: number;
  /** Names of inputs in the file; empty where an optional one is left out. */
  readonly inputs: readonly string[];
  /** Names of outputs in the file. */
  readonly outputs: readonly string[];
  /** What the file sets. */
  readonly attributes: AttributeReader;

  readonly #importer: Importer;
  readonly #problem: (text: string) => void;

  /** Of a node called `name`; `problem` is called with what is not supported. */
  constructor(
    importer: Importer,
    { op, inputs, outputs, attributes }: FileNode,
    name: string,
    problem: (text: string) => void,
  ) {
    this.name = name;
    this.op = op;
    this.opset = importer.opset;
    this.inputs = inputs;
    this.outputs = outputs;
    this.attributes = new AttributeReader(attributes, problem);
    this.#importer = importer;
    this.#problem = problem;
  }

  /** Whether input `i` is given. */
  has(i: number): boolean {
    return Boolean(this.inputs[i]);
  }

  /** Whether output `i` is read by a node or the caller of the network. */
  isRead(i: number): boolean {
    return Boolean(this.outputs[i]) && this.#importer.isRead(this.outputs[i]);
  }

  /** Name of input `i` in the normal form. */
  input(i: number): string {
    const name = this.inputs[i];
    if (!name) throw new RangeError(`input ${i} must be given`);
    return this.#importer.value(name);
  }

  /** Names of all inputs in the normal form. */
  allInputs(): string[] {
    return this.inputs.map((_, i) => this.input(i));
  }

  /** Shape of input `i`. */
  shape(i: number): Shape {
    return this.shapeOf(this.input(i));
  }

  /** Shape of a value of the normal form. */
  shapeOf(name: string): Shape {
    return this.#importer.shapeOf(name);
  }

  /** Input `i` when it is given and constant. */
  constant(i: number): Constant | undefined {
    return this.has(i) ? this.#importer.constant(this.input(i)) : undefined;
  }

  /** Input `i`, which must be constant; `what` says what it is. */
  constantInput(i: number, what: string): Constant {
    return this.constant(i) ?? this.fail(`${what} "${this.inputs[i] ?? ""}" must be constant`);
  }

  /** Name of input `i` in the normal form, which must be constant; `what` says what it is. */
  weight(i: number, what: string): string {
    this.constantInput(i, what);
    return this.input(i);
  }

  /** Values of input `i` when it is given; they must be constant, and few. */
  values(i: number, what: string): number[] | undefined {
    if (!this.has(i)) return;
    const { data } = this.constantInput(i, what);
    if (data.length > MOST_VALUES) {
      throw new RangeError(
        `${what} must be at most ${MOST_VALUES} numbers: current value is ${data.length}`,
      );
    }
    return [...data];
  }

  /** Adds a constant that is computed here; `suffix` says what it is. */
  add(constant: Constant, suffix: string): string {
    return this.#importer.addConstant(`${this.name}/${suffix}`, constant);
  }

  /** An axis, which may be negative, as one of `rank`. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(positive) && positive >= 0 && positive < rank) return positive;
    throw new RangeError(`axis must be in [${-rank}, ${rank}): current value is ${axis}`);
  }

  /** Axes as {@linkcode NodeReader.axis}, without the same one twice. */
  axes(axes: readonly number[], rank: number): number[] {
    const positive = axes.map((axis) => this.axis(axis, rank));
    if (new Set(positive).size < axes.length) {
      throw new RangeError(`axes must be different: current value is [${axes}]`);
    }
    return positive;
  }

  /** Appends an operator on the way to the node's output; returns the value it makes. */
  step<Op extends Node["op"]>(
    op: Op,
    inputs: readonly string[],
    attributes: AttributesOf<Op>,
    suffix: string,
  ): string {
    const output = this.#importer.unique(`${this.name}/${suffix}`);
    this.#append(op, inputs, attributes, [output], suffix);
    return output;
  }

  /** Appends the operator that makes the node's outputs. */
  end<Op extends Node["op"]>(
    op: Op,
    inputs: readonly string[],
    attributes: AttributesOf<Op>,
    suffix = "",
  ): void {
    const outputs = op === "Split" ? this.outputs : this.outputs.slice(0, 1);
    const names = outputs.map((name) => name || this.#importer.unique(`${this.name}/unused`));
    this.#append(op, inputs, attributes, names, suffix);
    for (const name of outputs) if (name) this.#importer.define(name, name);
  }

  /** Says that the node's first output is its first input. */
  pass(): void {
    this.#importer.define(this.outputs[0], this.input(0));
  }

  /** Says that the node's first output is a constant. */
  fold(constant: Constant): void {
    this.#importer.defineConstant(this.outputs[0], constant);
  }

  /** Counts elements of constants that are made. @throws {RangeError} beyond the limit. */
  charge(elements: number): void {
    this.#importer.charge(elements);
  }

  /** Reads a tensor attribute. */
  tensorAttribute(name: string): Constant | undefined {
    const tensor = this.attributes.tensor(name);
    return tensor && this.#importer.read({ ...tensor, name: tensor.name || this.name });
  }

  /** Tells the caller what reading changed. */
  note(text: string): void {
    this.#importer.source.note(`${this.op} "${this.name}": ${text}`);
  }

  /** Notes what is not supported and goes on. */
  problem(text: string): void {
    this.#problem(text);
  }

  /** @throws {UnsupportedError} always. */
  fail(text: string): never {
    throw new UnsupportedError(text);
  }

  #append<Op extends Node["op"]>(
    op: Op,
    inputs: readonly string[],
    attributes: AttributesOf<Op>,
    outputs: readonly string[],
    suffix: string,
  ): void {
    const name = suffix ? this.#importer.uniqueNode(`${this.name}/${suffix}`) : this.name;
    // The parameters pair the operator with its own attributes.
    this.#importer.append({ name, op, inputs, outputs, attributes } as Node);
  }
}
