/**
 * What the lowering of one operator can ask for and add to: where values lie, new places, and the
 * plan as far as it is made.
 *
 * @module
 */

import type { Model, Node } from "../../../graph/model.ts";
import type { WeightStructure } from "../../../graph/structure.ts";
import { type Shape, type Tensor, values } from "../../../graph/tensor.ts";
import type { Packing } from "../blocks.ts";
import { coversHalo, type Halo, joinHalos, layOutValue, NO_HALO, triple } from "../layout.ts";
import {
  type Activation,
  type ElementwiseFunction,
  type ElementwiseOperator,
  MAX_RANK,
  NO_ACTIVATION,
  type PlanOperator,
} from "../plan.ts";
import { Constants } from "./constants.ts";
import type { Step } from "./fuse.ts";
import { assemble, type Emitted } from "./assemble.ts";
import { type Buffer, mergedViews, slice, type View } from "./view.ts";

/** Nodes whose result is a view of what they read, so that it has no place of its own. */
const VIEWING: ReadonlySet<Node["op"]> = new Set<Node["op"]>([
  "Split",
  "Slice",
  "Reshape",
  "Flatten",
  "Transpose",
  "Expand",
  "Identity",
  "Dropout",
]);

/** Part of a joined value that another value is written to at once. */
interface Part {
  readonly whole: string;
  readonly axis: number;
  readonly start: number;
}

/** A plan in the making. */
export class Context {
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #model: Model;
  readonly #views = new Map<string, View>();
  readonly #parts = new Map<string, Part>();
  /** Padding that direct readers of a value want. */
  readonly #wishes = new Map<string, Halo>();
  readonly #readers = new Map<string, Node[]>();
  readonly #constants = new Constants();
  readonly #emitted: Emitted[] = [];

  /** `steps` are those of `model`; `shapes` those of its values. */
  constructor(
    model: Model,
    shapes: ReadonlyMap<string, Shape>,
    steps: readonly Step[],
    /** How sparse matrices are packed. */
    readonly packing: Packing,
  ) {
    this.#model = model;
    this.#shapes = shapes;
    const makers = new Map<string, Node>();
    for (const node of model.nodes) {
      for (const name of node.outputs) makers.set(name, node);
      for (const name of node.inputs) {
        this.#readers.set(name, [...this.#readers.get(name) ?? [], node]);
      }
    }
    for (const { node } of steps) {
      if (node.op !== "Concat") continue;
      let start = 0;
      for (const name of node.inputs) {
        const maker = makers.get(name);
        const movable = !model.weights.has(name) && !(maker && VIEWING.has(maker.op));
        if (movable && !this.#parts.has(name)) {
          this.#parts.set(name, { whole: node.outputs[0], axis: node.attributes.axis, start });
        }
        start += this.shapeOf(name)[node.attributes.axis];
      }
    }
  }

  /** Static shape of a value or weight. */
  shapeOf(name: string): Shape {
    return this.#shapes.get(name)!;
  }

  /** Says, before anything is placed, that a reader of `name` wants it padded. */
  wish(name: string, halo: Halo): void {
    this.#wishes.set(name, joinHalos(this.#wishes.get(name) ?? NO_HALO, halo));
  }

  /**
   * A weight of a node.
   *
   * @throws {RangeError} when it is computed, or given at each run.
   */
  weightOf(name: string, node: Node): Tensor {
    const weight = this.#model.weights.get(name);
    if (weight) return weight;
    throw new RangeError(
      `Cannot lower ${node.op} "${node.name}" as its weights must be constants of the model: ` +
        `current value is "${name}"`,
    );
  }

  /** Which entries of a weight are kept; undefined for all. */
  structureOf(name: string): WeightStructure | undefined {
    return this.#model.structures.get(name);
  }

  /** Where a value lies, or a weight as a constant. */
  viewOf(name: string): View {
    const found = this.#views.get(name);
    if (found) return found;
    const weight = this.#model.weights.get(name)!;
    return this.constant(values(weight), weight.shape);
  }

  /** Constants of a shape, row-major. */
  constant(data: Float32Array, shape: Shape): View {
    return this.#constants.add(data, shape);
  }

  /** Says that a value is a view of what is there already. */
  alias(name: string, view: View): void {
    this.#views.set(name, view);
  }

  /** The place of a value: its part of a joined value, or a new one with the padding wished for. */
  place(name: string): View {
    const placed = this.#views.get(name);
    if (placed) return placed;
    const part = this.#parts.get(name);
    const shape = this.shapeOf(name);
    const view = part
      ? slice(this.place(part.whole), part.axis, part.start, shape[part.axis])
      : this.temporary(shape, this.#need(name));
    this.#views.set(name, view);
    return view;
  }

  /** A place for what only the present operators see. */
  temporary(shape: Shape, halo: Halo = NO_HALO): View {
    const layout = layOutValue(shape, halo);
    const buffer: Buffer = { floats: layout.floats, padded: [] };
    const view: View = {
      memory: buffer,
      offset: layout.offset,
      extents: [...shape],
      strides: layout.strides,
      halo,
    };
    if (layout.lead + layout.trail > 0) {
      for (const image of images(view)) {
        buffer.padded.push({ view: image, lead: layout.lead, trail: layout.trail });
      }
    }
    return view;
  }

  /**
   * An image `[C, D, H, W]` whose last stride is 1 and that `halo` surrounds: `view` itself when it
   * is one, else a copy.
   */
  padded(view: View, halo: Halo, name: string): View {
    const [, d, h, w] = view.extents, [, plane, row, step] = view.strides;
    const nested = (step === 1 || w === 1) && row >= w && plane >= (h - 1) * row + w &&
      view.strides[0] >= (d - 1) * plane + (h - 1) * row + w;
    if (nested && view.memory !== "constants" && coversHalo(view.halo, halo)) {
      return { ...view, strides: view.strides.with(3, 1) };
    }
    const [copy] = images(this.temporary([1, ...view.extents], halo));
    this.elementwise(`${name}/copy`, "copy", [view], copy);
    return copy;
  }

  /** Adds an operator. */
  emit<Op extends PlanOperator>(
    operator: Omit<Op, "inputs" | "output">,
    inputs: readonly View[],
    output: View,
  ): void {
    this.#emitted.push({ operator: operator as Emitted["operator"], inputs, output });
  }

  /**
   * Adds an operator that works position by position on views of one shape; several where they keep
   * more axes than a tensor of the plan can have.
   */
  elementwise(
    name: string,
    fn: ElementwiseFunction,
    inputs: readonly View[],
    output: View,
    activation: Activation = NO_ACTIVATION,
  ): void {
    const [to, ...from] = mergedViews([output, ...inputs]);
    if (to.extents.length > MAX_RANK) {
      const axis = to.extents.indexOf(Math.min(...to.extents));
      for (let i = 0; i < to.extents[axis]; i++) {
        const part = (view: View) => slice(view, axis, i, 1);
        this.elementwise(name, fn, from.map(part), part(to), activation);
      }
      return;
    }
    this.emit<ElementwiseOperator>(
      { kind: "elementwise", name, function: fn, activation },
      from,
      to,
    );
  }

  /** The finished plan; `concurrent` if operators that do not need each other may run at once. */
  finish(concurrent: boolean) {
    const named = ({ name }: { readonly name: string }) => ({ name, view: this.viewOf(name) });
    const inputs = this.#model.inputs.map(named);
    const given = new Set<View["memory"]>(inputs.map(({ view }) => view.memory));
    const outputs = this.#model.outputs.map((value) => {
      const { name, view } = named(value);
      // An output is what a run wrote, whatever the inputs are set to behind it.
      const written = view.memory !== "constants" && !given.has(view.memory) && !repeats(view);
      if (written) return { name, view };
      const copy = this.temporary(view.extents);
      this.elementwise(`${name}/copy`, "copy", [view], copy);
      return { name, view: copy };
    });
    return assemble(this.#emitted, { inputs, outputs, constants: this.#constants }, concurrent);
  }

  /** Padding that readers of a value want, also through views and joined values. */
  #need(name: string): Halo {
    let halo = this.#wishes.get(name) ?? NO_HALO;
    for (const node of this.#readers.get(name) ?? []) {
      const across = (node.op === "Split" && node.attributes.axis <= 1) || node.op === "Slice" ||
        node.op === "Identity" || node.op === "Dropout";
      if (across) { for (const output of node.outputs) halo = joinHalos(halo, this.#need(output)); }
    }
    for (const [part, { whole }] of this.#parts) {
      if (whole === name) halo = joinHalos(halo, this.#need(part));
    }
    return halo;
  }
}

/** The images `[C, D, H, W]` of a value `[N, C, spatial...]`; axes that it lacks have extent 1. */
export function images(view: View): View[] {
  const { extents, strides } = view;
  const [n, c = 1, ...spatial] = extents;
  const [image, channel = 1, ...steps] = strides;
  const missing = 3 - spatial.length;
  const outer = new Array<number>(missing).fill(missing === 3 ? 1 : channel);
  return Array.from({ length: n }, (_, i) => ({
    ...view,
    offset: view.offset + i * image,
    extents: [c, ...triple(spatial, 1)],
    strides: [channel, ...outer, ...steps],
  }));
}

/** Whether two positions of a view are the same float. */
function repeats({ extents, strides }: View): boolean {
  return extents.some((extent, axis) => extent > 1 && strides[axis] === 0);
}
