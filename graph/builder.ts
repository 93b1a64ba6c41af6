/**
 * Builds models layer by layer.
 *
 * @module
 */

import { LayerBuilder } from "./builder/layers.ts";
import { type PerAxis, perAxis } from "./builder/core.ts";
import type {
  BinaryFunction,
  Node,
  PadAttributes,
  PlainFunction,
  Reduction,
  ResizeAttributes,
} from "./model.ts";
import { scaledExtent } from "./shapes/resize.ts";
import { type Shape, sizeOf } from "./tensor.ts";

export type { BuilderCore, PerAxis, WeightSource } from "./builder/core.ts";
export type * from "./builder/layers.ts";

/** Functions of one value, with parameters or without. */
export type UnaryFunction =
  | PlainFunction
  | "LeakyRelu"
  | "Elu"
  | "Celu"
  | "Selu"
  | "HardSigmoid"
  | "Gelu"
  | "Clip";

/** The parameters of a function of one value. */
export type ParametersOf<Op extends UnaryFunction> = Extract<
  Node,
  { readonly op: Op }
>["attributes"];

/** Parameters that functions have unless told otherwise: those of ONNX. */
const PARAMETERS: { readonly [Op in Exclude<UnaryFunction, PlainFunction>]: ParametersOf<Op> } = {
  LeakyRelu: { alpha: 0.01 },
  Elu: { alpha: 1 },
  Celu: { alpha: 1 },
  Selu: { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  Gelu: { approximate: "none" },
  Clip: { min: -Infinity, max: Infinity },
};

/** What {@linkcode GraphBuilder.slice} takes of one axis; negative positions count from the end. */
export interface SliceRange {
  /** First position taken. @default the first, or going backwards the last */
  readonly begin?: number;
  /** Position behind the last one taken. @default all that there are */
  readonly end?: number;
  /** From one position to the next; negative goes backwards. @default {1} */
  readonly step?: number;
}

/** Options of {@linkcode GraphBuilder.pad}. */
export interface PadOptions extends Partial<Omit<PadAttributes, "pads">> {
  /** Name of the node. @default its input's name and `/pad` */
  readonly name?: string;
}

/** Options of {@linkcode GraphBuilder.resize}; nearest, asymmetric and floor by default. */
export interface ResizeOptions
  extends Partial<Omit<ResizeAttributes, "scales" | "sizes" | "given">> {
  /** Name of the node. @default its input's name and `/resize` */
  readonly name?: string;
  /** Output extent over input extent of the spatial axes. */
  readonly scale?: PerAxis;
  /** Output extents of the spatial axes; instead of `scale`. */
  readonly sizes?: readonly number[];
}

/**
 * Builds a {@linkcode Model}. Each method appends one node and returns the name of its output,
 * which is the name of the node. Shapes are checked as the graph grows. Nodes that need no name
 * of their own are called after their first input, e.g. `"conv1/relu"`. Axes may be negative.
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "./builder.ts";
 * import { zeros } from "./tensor.ts";
 *
 * const g = new GraphBuilder("tiny");
 * const x = g.input("clip", [1, 3, 16, 112, 112]);
 * const y = g.conv(x, { name: "conv1", filters: 8, kernel: 3, pad: 1, weights: zeros });
 * g.output(g.relu(y));
 * const model = g.build();
 * ```
 */
export class GraphBuilder extends LayerBuilder {
  /** A function of one value; parameters that are not given are those of ONNX. */
  unary<Op extends UnaryFunction>(
    x: string,
    op: Op,
    parameters: Partial<ParametersOf<Op>> = {},
    name: string = `${x}/${op.toLowerCase()}`,
  ): string {
    const defaults = op in PARAMETERS ? PARAMETERS[op as keyof typeof PARAMETERS] : {};
    const attributes = { ...defaults, ...parameters };
    return this.appendOne({ name, op, inputs: [x], attributes });
  }

  /** `max(x, 0)`. */
  relu(x: string, name?: string): string {
    return this.unary(x, "Relu", {}, name);
  }

  /** `x < 0 ? alpha * x : x`. */
  leakyRelu(x: string, alpha?: number, name?: string): string {
    return this.unary(x, "LeakyRelu", alpha === undefined ? {} : { alpha }, name);
  }

  /** `min(max(x, least), most)`. */
  clip(x: string, min: number, max: number, name?: string): string {
    return this.unary(x, "Clip", { min, max }, name);
  }

  /** A function of two values or weights, broadcast. @throws {RangeError} on a shape misfit. */
  binary(
    op: BinaryFunction,
    a: string,
    b: string,
    name: string = `${a}/${op.toLowerCase()}`,
  ): string {
    return this.appendOne({ name, op, inputs: [a, b], attributes: {} });
  }

  /** `a + b`, broadcast. @throws {RangeError} on a shape misfit. */
  add(a: string, b: string, name?: string): string {
    return this.binary("Add", a, b, name);
  }

  /** `a * b`, broadcast. @throws {RangeError} on a shape misfit. */
  mul(a: string, b: string, name?: string): string {
    return this.binary("Mul", a, b, name);
  }

  /** Softmax along one axis. */
  softmax(x: string, axis = -1, name: string = `${x}/softmax`): string {
    const attributes = { axis: this.#axis(x, axis) };
    return this.appendOne({ name, op: "Softmax", inputs: [x], attributes });
  }

  /** Reduction along some axes, which stay with extent 1 by default. */
  reduce(
    op: Reduction,
    x: string,
    axes: readonly number[],
    keepdims = true,
    name: string = `${x}/${op.toLowerCase()}`,
  ): string {
    const ascending = axes.map((axis) => this.#axis(x, axis)).sort((a, b) => a - b);
    const attributes = { axes: ascending, keepdims: keepdims ? 1 : 0 };
    return this.appendOne({ name, op, inputs: [x], attributes });
  }

  /** Joins values along one axis. @throws {RangeError} when other extents differ. */
  concat(list: readonly string[], axis = 1, name: string = `${list[0]}/concat`): string {
    const attributes = { axis: this.#axis(list[0], axis) };
    return this.appendOne({ name, op: "Concat", inputs: list, attributes });
  }

  /**
   * Cuts a value along one axis into parts of the given extents, or into so many equal ones; they
   * are called `NAME/0`, `NAME/1` and so on.
   *
   * @throws {RangeError} when the parts do not add up.
   */
  split(
    x: string,
    axis: number,
    parts: PerAxis,
    name: string = `${x}/split`,
  ): readonly string[] {
    const along = this.#axis(x, axis);
    const split = typeof parts === "number"
      ? perAxis(this.shapeOf(x)[along] / parts, parts)
      : parts;
    const outputs = split.map((_, i) => `${name}/${i}`);
    const attributes = { axis: along, split };
    return this.append({ name, op: "Split", inputs: [x], outputs, attributes });
  }

  /** Part of a value: the given axes are cut, the others stay whole. */
  slice(
    x: string,
    ranges: Readonly<Record<number, SliceRange>>,
    name: string = `${x}/slice`,
  ): string {
    const shape = this.shapeOf(x);
    const starts = shape.map(() => 0), counts = [...shape], steps = shape.map(() => 1);
    for (const [key, { begin, end, step = 1 }] of Object.entries(ranges)) {
      const axis = this.#axis(x, Number(key));
      const extent = shape[axis];
      const at = (position: number) => position < 0 ? position + extent : position;
      const start = begin === undefined ? (step < 0 ? extent - 1 : 0) : at(begin);
      const stop = end === undefined ? (step < 0 ? -1 : extent) : at(end);
      [starts[axis], steps[axis]] = [start, step];
      counts[axis] = Math.ceil((stop - start) / step);
    }
    const attributes = { starts, counts, steps };
    return this.appendOne({ name, op: "Slice", inputs: [x], attributes });
  }

  /** The same values under another shape; one extent may be -1, for what is left. */
  reshape(x: string, shape: Shape, name: string = `${x}/reshape`): string {
    const left = sizeOf(this.shapeOf(x)) / -sizeOf(shape);
    const attributes = { shape: shape.map((extent) => extent === -1 ? left : extent) };
    return this.appendOne({ name, op: "Reshape", inputs: [x], attributes });
  }

  /** `[N, C, ...]` to `[N, features]`. */
  flatten(x: string, name: string = `${x}/flatten`): string {
    return this.appendOne({ name, op: "Flatten", inputs: [x], attributes: { axis: 1 } });
  }

  /** Axis `i` of the output is axis `perm[i]` of `x`. */
  transpose(x: string, perm: readonly number[], name: string = `${x}/transpose`): string {
    return this.appendOne({ name, op: "Transpose", inputs: [x], attributes: { perm } });
  }

  /** Padding: begins of all axes, then ends; negative ones crop. Constant zeros by default. */
  pad(x: string, pads: readonly number[], options: PadOptions = {}): string {
    const { name = `${x}/pad`, mode = "constant", value = 0 } = options;
    return this.appendOne({ name, op: "Pad", inputs: [x], attributes: { pads, mode, value } });
  }

  /** Interpolation of the spatial axes, `x [N, C, ...]`, by `scale` or to `sizes`. */
  resize(x: string, options: ResizeOptions): string {
    const { name = `${x}/resize`, scale = 1, sizes, ...rest } = options;
    const shape = this.shapeOf(x);
    const to = sizes && [...shape.slice(0, 2), ...sizes];
    const scales = to?.map((extent, axis) => extent / shape[axis]) ??
      [1, 1, ...perAxis(scale, shape.length - 2)];
    const attributes: ResizeAttributes = {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
      cubic_coeff_a: -0.75,
      exclude_outside: 0,
      antialias: 0,
      ...rest,
      scales,
      sizes: to ?? shape.map((extent, axis) => scaledExtent(extent, scales[axis])),
      given: to ? "sizes" : "scales",
    };
    return this.appendOne({ name, op: "Resize", inputs: [x], attributes });
  }

  /** Broadcasts to a shape. @throws {RangeError} when it does not fit. */
  expand(x: string, shape: Shape, name: string = `${x}/expand`): string {
    return this.appendOne({ name, op: "Expand", inputs: [x], attributes: { shape } });
  }

  /** The value unchanged, under another name. */
  identity(x: string, name: string = `${x}/identity`): string {
    return this.appendOne({ name, op: "Identity", inputs: [x], attributes: {} });
  }

  /** In training sets a share of the values to 0; at inference the value unchanged. */
  dropout(x: string, ratio: number, name: string = `${x}/dropout`): string {
    return this.appendOne({ name, op: "Dropout", inputs: [x], attributes: { ratio } });
  }

  #axis(x: string, axis: number): number {
    return axis < 0 ? axis + this.shapeOf(x).length : axis;
  }
}
