/**
 * Lowering: from a model to a plan. Bias, ReLU and max pooling are fused behind convolutions,
 * sparsity becomes row blocks with lists of kept columns, and padding becomes layout.
 *
 * @module
 */

import type { ConvNode, GemmNode, MaxPoolNode, Model, Node } from "../../graph/model.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { keptWeights, type WeightStructure } from "../../graph/structure.ts";
import { type Shape, sizeOf, type Tensor, values } from "../../graph/tensor.ts";
import { MAX_FUSED_POOL } from "./format.ts";
import {
  Arena,
  type Halo,
  haloOf,
  joinHalos,
  NO_HALO,
  tapGeometry,
  tapOffsets,
  triple,
  type Volume,
} from "./layout.ts";
import { packMatrix } from "./pack.ts";
import type { Plan, PlanOperator, PoolWindow } from "./plan.ts";
import { channelBlock } from "./tuning.ts";

/** A node and the nodes that its kernel computes on the way out. */
interface Step {
  readonly node: Node;
  readonly relu: boolean;
  readonly pool?: MaxPoolNode;
  /** Value that the step makes: the output of the last node in it. */
  readonly output: string;
}

/**
 * Lowers a model with one input, one output and batch 1.
 *
 * @throws {RangeError} naming the node and what it would have to be, when the runtime lacks it.
 */
export function lower(model: Model): Plan {
  return new Lowering(model).plan();
}

/** Fuses what can ride behind a convolution or fully connected layer. */
function fuse(model: Model): Step[] {
  const consumers = new Map<string, Node[]>();
  for (const node of model.nodes) {
    for (const input of node.inputs) consumers.set(input, [...consumers.get(input) ?? [], node]);
  }
  const kept = new Set(model.outputs.map(({ name }) => name));
  const only = (value: string): Node | undefined => {
    const nodes = consumers.get(value) ?? [];
    return nodes.length === 1 && !kept.has(value) ? nodes[0] : undefined;
  };
  const taken = new Set<Node>();
  return model.nodes.flatMap((node): Step[] => {
    if (taken.has(node)) return [];
    let output = node.outputs[0], relu = false;
    let pool: MaxPoolNode | undefined;
    if (node.op === "Conv" || node.op === "Gemm") {
      let next = only(output);
      if (next?.op === "Relu") {
        taken.add(next);
        relu = true;
        output = next.outputs[0];
        next = only(output);
      }
      if (node.op === "Conv" && next?.op === "MaxPool" && tiles(next)) {
        taken.add(pool = next);
        output = next.outputs[0];
      }
    }
    return [{ node, relu, output, ...(pool && { pool }) }];
  });
}

/** Whether windows neither overlap nor reach into padding. */
function tiles({ attributes: { kernel_shape, strides, pads } }: MaxPoolNode): boolean {
  return kernel_shape.every((k, axis) => k === strides[axis] && k <= MAX_FUSED_POOL) &&
    pads.every((p) => p === 0);
}

function poolWindow({ attributes }: MaxPoolNode): PoolWindow {
  return {
    kernel: triple(attributes.kernel_shape, 1),
    stride: triple(attributes.strides, 1),
    pad: triple(attributes.pads.slice(0, attributes.kernel_shape.length), 0),
  };
}

/** Any activation as channels and three extents; vectors `[1, n]` are n channels. */
function volumeOf(name: string, shape: Shape): Volume {
  if (shape[0] !== 1 || shape.length < 2 || shape.length > 5) {
    throw new RangeError(
      `Cannot lower value "${name}" as its shape must be [1, C], [1, C, H, W] or [1, C, D, H, W]: ` +
        `current value is [${shape}]`,
    );
  }
  const [, channels, ...rest] = shape;
  return {
    channels,
    extents: rest.length ? triple(rest.length === 1 ? [1, ...rest] : rest, 1) : [1, 1, 1],
  };
}

class Lowering {
  readonly #model: Model;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #steps: Step[];
  readonly #halos = new Map<string, Halo>();
  readonly #arena = new Arena();
  /** Index of the tensor that holds a value. */
  readonly #tensors = new Map<string, number>();

  constructor(model: Model) {
    if (model.inputs.length !== 1 || model.outputs.length !== 1) {
      throw new RangeError(
        `Cannot lower model "${model.name}" as it must have one input and one output: ` +
          `current value is ${model.inputs.length} and ${model.outputs.length}`,
      );
    }
    this.#model = model;
    this.#shapes = inferShapes(model);
    this.#steps = fuse(model);
  }

  plan(): Plan {
    for (const { node } of this.#steps) {
      if (node.op !== "Conv" || strided(node)) continue;
      const halo = this.#haloOf(node);
      const [x] = node.inputs;
      this.#halos.set(x, joinHalos(this.#halos.get(x) ?? NO_HALO, halo));
    }
    const [{ name: from }] = this.#model.inputs, [{ name: to }] = this.#model.outputs;
    const input = this.#place(from);
    const operators = this.#steps.flatMap((step) => this.#lower(step));
    return {
      tensors: this.#arena.tensors,
      operators,
      input,
      output: this.#tensor(to),
      arenaFloats: this.#arena.floats,
    };
  }

  #volume(value: string): Volume {
    return volumeOf(value, this.#shapes.get(value)!);
  }

  #haloOf(node: ConvNode): Halo {
    return haloOf(
      tapGeometry(node.attributes),
      this.#volume(node.inputs[0]).extents,
      this.#volume(node.outputs[0]).extents,
    );
  }

  /** Places a new value in the arena with the padding that its readers want. */
  #place(value: string): number {
    const index = this.#arena.add(this.#volume(value), this.#halos.get(value) ?? NO_HALO);
    this.#tensors.set(value, index);
    return index;
  }

  #tensor(value: string): number {
    return this.#tensors.get(value)!;
  }

  #lower(step: Step): PlanOperator[] {
    const { node } = step;
    const name = node.name;
    switch (node.op) {
      case "Conv":
        return this.#convolution(node, step);
      case "Gemm":
        return [this.#fullyConnected(node, step)];
      case "MaxPool": {
        const input = this.#tensor(node.inputs[0]);
        return [{
          kind: "max_pool",
          name,
          input,
          output: this.#place(step.output),
          pool: poolWindow(node),
        }];
      }
      case "Relu":
        return [{
          kind: "relu",
          name,
          input: this.#tensor(node.inputs[0]),
          output: this.#place(step.output),
        }];
      case "Flatten":
        return this.#flatten(node.name, node.inputs[0], step.output);
    }
  }

  #convolution(node: ConvNode, step: Step): PlanOperator[] {
    const operators: PlanOperator[] = [];
    const [x, w, b] = node.inputs;
    const taps = tapGeometry(node.attributes);
    const before = this.#volume(x);
    const phases = taps.stride[0] * taps.stride[1] * taps.stride[2];
    let input = this.#tensor(x);
    if (strided(node)) {
      const [d, h, width] = before.extents;
      const [sd, sh, sw] = taps.stride;
      const split: Volume = {
        channels: before.channels * phases,
        extents: [Math.ceil(d / sd), Math.ceil(h / sh), Math.ceil(width / sw)],
      };
      const output = this.#arena.add(split, this.#haloOf(node));
      operators.push({
        kind: "phases",
        name: `${node.name}/phases`,
        input,
        output,
        stride: taps.stride,
      });
      input = output;
    }
    const from = this.#arena.tensors[input];
    const { extents } = this.#volume(node.outputs[0]);
    const weight = this.#model.weights.get(w)!;
    const { group } = node.attributes;
    if (group !== 1) {
      throw new RangeError(
        `Cannot lower layer "${node.name}" as group must be 1: current value is ${group}`,
      );
    }
    const matrix = packMatrix(
      {
        rows: weight.shape[0],
        channels: weight.shape[1],
        taps: sizeOf(weight.shape.slice(2)),
        values: values(weight),
        structure: this.#model.structures.get(w),
        ...(b && { bias: values(this.#model.weights.get(b)!) }),
      },
      channelBlock(
        taps.kernel,
        from.row,
        keptBytes(weight, this.#model.structures.get(w)) / weight.shape[1],
      ),
    );
    operators.push({
      kind: "convolution",
      name: node.name,
      input,
      output: this.#place(step.output),
      relu: step.relu,
      matrix,
      tapOffsets: tapOffsets(taps, from),
      channelStep: from.channel * phases,
      extents,
      ...(step.pool && { pool: poolWindow(step.pool) }),
    });
    return operators;
  }

  #fullyConnected(node: GemmNode, step: Step): PlanOperator {
    const [x, w, b] = node.inputs;
    const weight = this.#model.weights.get(w)!;
    const [rows, channels] = weight.shape;
    return {
      kind: "fully_connected",
      name: node.name,
      input: this.#tensor(x),
      output: this.#place(step.output),
      relu: step.relu,
      matrix: packMatrix({
        rows,
        channels,
        taps: 1,
        values: values(weight),
        structure: this.#model.structures.get(w),
        ...(b && { bias: values(this.#model.weights.get(b)!) }),
      }, channels),
    };
  }

  /** A value without padding is already flat; any other is copied to a compact place first. */
  #flatten(name: string, x: string, output: string): PlanOperator[] {
    const { channels, extents } = this.#volume(x);
    const operators: PlanOperator[] = [];
    let input = this.#tensor(x);
    const { row, plane, channel } = this.#arena.tensors[input];
    const [d, h, w] = extents;
    if (row !== w || plane !== w * h || channel !== w * h * d) {
      const compact = this.#arena.add({ channels, extents }, NO_HALO);
      operators.push({ kind: "phases", name, input, output: compact, stride: [1, 1, 1] });
      input = compact;
    }
    this.#tensors.set(output, this.#arena.alias(input, this.#volume(output)));
    return operators;
  }
}

function strided(node: ConvNode): boolean {
  return node.attributes.strides.some((s) => s !== 1);
}

/** Bytes of kept weights. */
function keptBytes(weight: Tensor, structure: WeightStructure | undefined): number {
  return 4 * (structure ? keptWeights(weight.shape, structure) : sizeOf(weight.shape));
}
