/**
 * The state of reading one file: what each of its values is, and the normal form that grows.
 *
 * @module
 */

import type { Node, ValueInfo } from "../model.ts";
import { outputShapes } from "../shapes.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../tensor.ts";
import { checkRank, type Constant, readConstant, type TensorSource } from "./constants.ts";
import { evaluate } from "./evaluate.ts";
import type { FileModel } from "./file.ts";
import type { FileTensor } from "./file_tensor.ts";
import { Names } from "./names.ts";
import { UnsupportedError } from "./unsupported.ts";

/** Values of the network have at most so many elements each. */
const MOST_ELEMENTS = 2 ** 32;

/** Reads one file into normal form; operators are read by their entries in the tables. */
export class Importer {
  /** Version of the standard's operators. */
  readonly opset: number;
  /** All that is not supported so far. */
  readonly problems: string[] = [];
  /** The normal form, in topological order. */
  readonly nodes: Node[] = [];
  /** Constants that operators of the normal form read. */
  readonly weights: Map<string, Tensor> = new Map();
  /** Where tensors come from. */
  readonly source: TensorSource;

  readonly #values = new Map<string, string>();
  readonly #constants = new Map<string, Constant>();
  readonly #initializers = new Map<string, FileTensor>();
  readonly #shapes = new Map<string, Shape>();
  readonly #guessed = new Set<string>();
  readonly #names = new Names();
  readonly #nodeNames = new Names();
  readonly #read = new Set<string>();
  readonly #mostMade: number;
  #made = 0;

  /** Starts with the names of `file`; constants that are made have `mostMade` elements at most. */
  constructor(file: FileModel, opset: number, source: TensorSource, mostMade: number) {
    this.opset = opset;
    this.#mostMade = mostMade;
    this.source = source;
    for (const initializer of file.initializers) {
      if (this.#initializers.has(initializer.name)) {
        this.problems.push(`tensor "${initializer.name}": another one has the same name`);
      }
      this.#initializers.set(initializer.name, initializer);
      this.#names.add(initializer.name);
    }
    for (const { name } of file.inputs) this.#names.add(name);
    for (const { inputs, outputs, name } of file.nodes) {
      for (const input of inputs) this.#read.add(input);
      for (const output of outputs) this.#names.add(output);
      if (name) this.#nodeNames.add(name);
    }
    for (const { name } of file.outputs) this.#read.add(name);
  }

  /** Whether any node, or a graph output, reads a value of the file. */
  isRead(name: string): boolean {
    return this.#read.has(name);
  }

  /** Adds a graph input. */
  addInput({ name, shape }: ValueInfo): void {
    checkShape(shape);
    this.#shapes.set(name, shape);
    this.define(name, name);
  }

  /** What a value of the file is called here. @throws {RangeError} when it is not defined yet. */
  value(name: string): string {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const initializer = this.#initializers.get(name);
    if (!initializer) throw new RangeError(`"${name}" must be defined before it is read`);
    this.#values.set(name, name);
    this.#setConstant(name, this.read(initializer));
    return name;
  }

  /** The values of a tensor of the file. */
  read(tensor: FileTensor): Constant {
    return readConstant(tensor, this.source);
  }

  /** Says what a value of the file is called here. @throws {RangeError} when that is known. */
  define(name: string, here: string): void {
    if (this.#values.has(name) || this.#initializers.has(name)) {
      throw new RangeError(`"${name}" is defined already`);
    }
    this.#values.set(name, here);
  }

  /** A value when it is constant. */
  constant(name: string): Constant | undefined {
    return this.#constants.get(name);
  }

  /** Says that a value of the file is a constant. @throws {RangeError} when it is known. */
  defineConstant(name: string, constant: Constant): void {
    this.define(name, name);
    this.#setConstant(name, constant);
  }

  /** Adds a constant that is made here, under a name that is free. */
  addConstant(name: string, constant: Constant): string {
    const free = this.unique(name);
    this.#setConstant(free, constant);
    return free;
  }

  /** Whether the shape of a value is only a guess, as what computes it is not supported. */
  isGuessed(name: string): boolean {
    return this.#guessed.has(this.#values.get(name) ?? name);
  }

  /** Gives the outputs of a node that could not be read a likely shape, to go on with. */
  guess(names: readonly string[], shapeOf: (name: string) => Shape): void {
    for (const name of names) {
      if (!name || this.#values.has(name)) continue;
      this.#values.set(name, name);
      this.#shapes.set(name, shapeOf(name));
      this.#guessed.add(name);
    }
  }

  /**
   * Appends a node of the normal form, or computes its outputs at once when all that it reads is
   * constant.
   *
   * @throws {RangeError} when shapes do not fit.
   */
  append(node: Node): void {
    const inputs = node.inputs.map((name) => this.#constants.get(name));
    if (inputs.every((input) => input !== undefined)) {
      const outputs = evaluate(node, inputs, (elements) => this.charge(elements));
      if (outputs) {
        node.outputs.forEach((name, i) => this.#setConstant(name, outputs[i]));
        return;
      }
    }
    for (const [i, input] of inputs.entries()) if (input) this.#useWeight(node.inputs[i], input);
    const shapes = outputShapes(node, node.inputs.map((name) => this.shapeOf(name)));
    for (const shape of shapes) checkShape(shape);
    this.nodes.push(node);
    const guessed = node.inputs.some((name) => this.#guessed.has(name));
    node.outputs.forEach((name, i) => {
      this.#shapes.set(name, shapes[i]);
      if (guessed) this.#guessed.add(name);
    });
  }

  /** Shape of a value. */
  shapeOf(name: string): Shape {
    const shape = this.#shapes.get(name);
    if (!shape) throw new RangeError(`"${name}" must be defined before it is read`);
    return shape;
  }

  #setConstant(name: string, constant: Constant): void {
    checkRank(constant.shape);
    this.#constants.set(name, constant);
    this.#shapes.set(name, constant.shape);
  }

  /** Makes a constant a weight: under its own name, or one that is free when that is taken. */
  addWeight(name: string, constant: Constant, isTaken: boolean): string {
    const free = isTaken ? this.addConstant(name, constant) : name;
    this.#useWeight(free, constant);
    return free;
  }

  #useWeight(name: string, { kind, data, shape }: Constant): void {
    if (!(data instanceof Float32Array)) {
      throw new UnsupportedError(`"${name}" must hold floats: it holds ${kind}s`);
    }
    if (!this.weights.has(name)) this.weights.set(name, tensor(data, shape));
  }

  /** A name for a value that no other value has. */
  unique(name: string): string {
    return this.#names.free(name);
  }

  /** A name for a node that no other node has. */
  uniqueNode(name: string): string {
    return this.#nodeNames.free(name);
  }

  /** Counts elements of constants that are made. @throws {RangeError} beyond the limit. */
  charge(elements: number): void {
    this.#made += elements;
    if (!(this.#made <= this.#mostMade)) {
      throw new RangeError(
        `constants that are computed must have at most ${this.#mostMade} elements in all`,
      );
    }
  }
}

/** @throws {RangeError} unless extents are positive and not absurd. */
function checkShape(shape: Shape): void {
  checkRank(shape);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw new RangeError(`shape [${shape}] must have positive extents`);
  }
  if (!(sizeOf(shape) <= MOST_ELEMENTS)) {
    throw new RangeError(`shape [${shape}] must have at most ${MOST_ELEMENTS} elements`);
  }
}
