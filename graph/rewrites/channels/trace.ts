/**
 * The state of following channels through a graph: what the rules of the operators read and write.
 *
 * @module
 */

import type { Model, Node } from "../../model.ts";
import { inferShapes } from "../../shapes.ts";
import type { Shape, Tensor } from "../../tensor.ts";
import { values } from "../../tensor.ts";
import { Bundles } from "./bundles.ts";

/**
 * What a removed filter is taken to give:
 * - `"zeroed"`: 0, as are the biases, shifts and addends of its channel behind it;
 * - `"emptied"`: its bias, as its weights alone are 0.
 */
export type Removal = "zeroed" | "emptied";

/** The axis of a value along which its channels lie. */
export interface ChannelAxis {
  /** Which axis. */
  readonly axis: number;
  /** The bundle of each position along the axis. */
  readonly bundles: Int32Array;
  /**
   * The number that each channel holds everywhere when it is removed; NaN when it is not one
   * number. Absent: 0.
   */
  readonly constants?: Float64Array;
}

/** An axis of a weight along which it reads channels. */
export interface ChannelReader {
  /** Name of the weight. */
  readonly weight: string;
  /** Which axis. */
  readonly axis: number;
}

/** The channels of a model. */
export interface Channels {
  /** Number of bundles. */
  readonly count: number;
  /** By name of value; absent for values whose channels are not followed (they all stay). */
  readonly values: ReadonlyMap<string, ChannelAxis>;
  /** By name of weight, the bundles along each axis; undefined for an axis that is left whole. */
  readonly weights: ReadonlyMap<string, readonly (Int32Array | undefined)[]>;
  /** The axes of weights that read channels, and sum over them. */
  readonly readers: readonly ChannelReader[];
  /** Why a bundle cannot be removed. */
  reason(bundle: number): string | undefined;
  /** Why a bundle cannot be removed even if no weight reads it: its place in the graph. */
  obstacle(bundle: number): string | undefined;
}

/** What a rule of one kind of operator has at hand. */
export class ChannelTrace {
  /** Ties between channels. */
  readonly bundles = new Bundles();
  /** Of the values so far. */
  readonly values = new Map<string, ChannelAxis>();
  /** Shapes of all values and weights. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly #readers: ChannelReader[] = [];
  readonly #weights = new Map<string, { ids: Int32Array; readers: number }[]>();

  /** Starts with nothing known. */
  constructor(readonly model: Model, readonly removal: Removal) {
    this.shapes = inferShapes(model);
  }

  /** The channels of the first input, when they lie along `axis`; otherwise these must stay. */
  input(node: Node, axis: number): ChannelAxis | undefined {
    const x = this.values.get(node.inputs[0]);
    if (x === undefined || x.axis === axis) return x;
    this.keep(x, `${node.op} "${node.name}" does not have them as channels`);
  }

  /** A value has these channels. All zeros in `constants` are left out. */
  set(name: string, { axis, bundles, constants }: ChannelAxis): void {
    const zero = constants === undefined || constants.every((c) => c === 0);
    this.values.set(name, { axis, bundles, constants: zero ? undefined : constants });
  }

  /** Positions along axis `axis` of a weight are channels; ties them to those of other readers. */
  weight(name: string | undefined, axis: number, bundles: Int32Array): void {
    const weight = name === undefined ? undefined : this.model.weights.get(name);
    if (name === undefined || !weight) return;
    const axes = this.#weights.get(name) ??
      this.#weights.set(name, weight.shape.map(() => ({ ids: new Int32Array(0), readers: 0 })))
        .get(name)!;
    if (axes[axis].readers++ === 0) axes[axis].ids = bundles;
    else this.bundles.tie(axes[axis].ids, bundles);
  }

  /** Channels must stay. */
  keep({ bundles }: ChannelAxis, reason: string): void {
    this.bundles.keep(bundles, reason);
  }

  /** All channels that a node reads must stay. */
  keepInputs(node: Node, reason: string): void {
    for (const name of node.inputs) {
      const x = this.values.get(name);
      if (x) this.keep(x, `${node.op} "${node.name}" ${reason}`);
    }
  }

  /**
   * A weight reads the channels of `x` along one of its axes and sums over them.
   *
   * @param foldable whether a bias can take up what constants add to the sums
   * @param bundles the positions along the axis, where they are not all channels of `x`
   */
  read(
    node: Node,
    { weight, axis }: ChannelReader,
    x: ChannelAxis,
    foldable: boolean,
    bundles: Int32Array = x.bundles,
  ): void {
    this.weight(weight, axis, bundles);
    this.#readers.push({ weight, axis });
    const { constants } = x;
    if (!constants) return;
    this.bundles.keepUnlessUnread(
      x.bundles.filter((_, i) =>
        constants[i] !== 0 && !(foldable && Number.isFinite(constants[i]))
      ),
      `what they leave behind is not 0 and cannot be folded into ${node.op} "${node.name}"`,
    );
  }

  /** The number that a bias or shift adds to each of `count` removed channels. */
  addend(name: string | undefined, count: number): Float64Array {
    const weight = name === undefined ? undefined : this.model.weights.get(name);
    if (this.removal === "zeroed" || name === undefined) return new Float64Array(count);
    return weight ? Float64Array.from(values(weight)) : new Float64Array(count).fill(NaN);
  }

  /** The weights with the ties of all their readers, checked for readers that have none. */
  finish(): Channels {
    const { bundles, model, values: traced } = this;
    for (const { name } of model.outputs) {
      const x = traced.get(name);
      if (x) this.keep(x, `they are in output "${name}" of the model`);
    }
    const uses = new Map<string, number>();
    for (const name of model.nodes.flatMap(({ inputs }) => inputs)) {
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    for (const [name, axes] of this.#weights) {
      for (const { ids, readers } of axes) {
        if (readers === uses.get(name)) continue;
        bundles.keep(ids, `weight "${name}" is also read as something else`);
      }
    }
    const index = new Map<number, number>();
    const roots: number[] = [];
    const dense = (ids: Int32Array) =>
      ids.map((id) => {
        const root = bundles.find(id);
        const found = index.get(root) ?? roots.length;
        if (found === roots.length) {
          index.set(root, found);
          roots.push(root);
        }
        return found;
      });
    return {
      values: new Map([...traced].map(([name, x]) => [name, { ...x, bundles: dense(x.bundles) }])),
      weights: new Map(
        [...this.#weights].map(([name, axes]) =>
          [name, axes.map(({ ids, readers }) => readers > 0 ? dense(ids) : undefined)] as const
        ),
      ),
      count: roots.length,
      readers: this.#readers,
      reason(bundle) {
        const { stays, unfoldable } = bundles.reason(roots[bundle]);
        return stays ?? unfoldable;
      },
      obstacle: (bundle) => bundles.reason(roots[bundle]).stays,
    };
  }
}

/** The value of a weight at each position of one axis; NaN where it differs along other axes. */
export function alongAxis(weight: Tensor, axis: number): Float64Array {
  const { shape } = weight;
  const data = values(weight);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const result = new Float64Array(shape[axis]);
  const seen = new Uint8Array(shape[axis]);
  data.forEach((w, i) => {
    const at = Math.floor(i / inner) % shape[axis];
    result[at] = seen[at] && result[at] !== w ? NaN : w;
    seen[at] = 1;
  });
  return result;
}
