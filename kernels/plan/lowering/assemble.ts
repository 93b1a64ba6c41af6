/**
 * The end of a lowering: lifetimes of buffers, their places in the arena, and the table of tensors.
 *
 * @module
 */

import { SLACK_FLOATS } from "../format.ts";
import {
  type ClearOperator,
  NO_ACTIVATION,
  type Plan,
  type PlanOperator,
  type PlanTensor,
} from "../plan.ts";
import { bufferOrder } from "./concurrent.ts";
import type { Constants } from "./constants.ts";
import { type MemoryPlan, planMemory } from "./memory.ts";
import type { Buffer, View } from "./view.ts";

/** An operator whose tensors are still views. */
export interface Emitted {
  /** Without its tensors. */
  readonly operator: PlanOperator extends infer Op
    ? Op extends PlanOperator ? Omit<Op, "inputs" | "output"> : never
    : never;
  /** What it reads. */
  readonly inputs: readonly View[];
  /** What it writes. */
  readonly output: View;
}

/** What a plan has besides operators. */
export interface Ends {
  /** What a run is given. */
  readonly inputs: readonly { readonly name: string; readonly view: View }[];
  /** What a run returns. */
  readonly outputs: readonly { readonly name: string; readonly view: View }[];
  /** What operators read that never changes. */
  readonly constants: Constants;
}

/**
 * Makes the plan of operators in execution order; one whose operators may also run in any other order
 * that the values they read allow, if it is to be `concurrent`.
 */
export function assemble(emitted: readonly Emitted[], ends: Ends, concurrent: boolean): Plan {
  const buffers = lifetimesOf(emitted, ends);
  const lifetimes = [...buffers.values()];
  const memory = concurrent
    ? planMemory(lifetimes, bufferOrder(emitted, ends, [...buffers.keys()]))
    : planMemory(lifetimes);
  const place = new Map([...buffers.keys()].map((buffer, i) => [buffer, i]));
  const tensors = new Tensors((buffer) => memory.offsets[place.get(buffer)!]);
  const operators = withClears(emitted, buffers, memory).map(
    ({ operator, inputs, output }): PlanOperator => ({
      ...operator,
      inputs: inputs.map((view) => tensors.index(view)),
      output: tensors.index(output),
    } as PlanOperator),
  );
  const value = ({ name, view }: Ends["inputs"][number]) => ({ name, tensor: tensors.index(view) });
  return {
    operators,
    inputs: ends.inputs.map(value),
    outputs: ends.outputs.map(value),
    tensors: tensors.all,
    constants: ends.constants.floats,
    arenaFloats: memory.floats + SLACK_FLOATS,
  };
}

interface Life {
  floats: number;
  first: number;
  last: number;
}

/** From the first write to the last read; inputs and outputs of the plan are never overwritten. */
function lifetimesOf(emitted: readonly Emitted[], ends: Ends): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  const touch = ({ memory }: View, at: number) => {
    if (memory === "constants") return;
    const life = lives.get(memory);
    if (!life) return void lives.set(memory, { floats: memory.floats, first: at, last: at });
    life.first = Math.min(life.first, at);
    life.last = Math.max(life.last, at);
  };
  for (const { view } of ends.inputs) {
    touch(view, -1);
    touch(view, emitted.length);
  }
  emitted.forEach(({ inputs, output }, at) => [...inputs, output].forEach((v) => touch(v, at)));
  // An output may be read after a run that was not the last, and an operator writes it anew.
  for (const { view } of ends.outputs) touch(view, emitted.length);
  return lives;
}

/** Clears padding ahead of the first write to a buffer that shares its floats with others. */
function withClears(
  emitted: readonly Emitted[],
  buffers: ReadonlyMap<Buffer, Life>,
  { alone }: MemoryPlan,
): Emitted[] {
  const clears = new Map<number, Emitted[]>();
  [...buffers].forEach(([{ padded }, { first }], i) => {
    if (alone[i] || first < 0) return;
    const here = padded.map(({ view, lead, trail }): Emitted => ({
      operator: {
        kind: "clear",
        name: `${emitted[first].operator.name}/padding`,
        activation: NO_ACTIVATION,
        lead,
        trail,
      } satisfies Omit<ClearOperator, "inputs" | "output">,
      inputs: [],
      output: view,
    }));
    clears.set(first, [...clears.get(first) ?? [], ...here]);
  });
  return emitted.flatMap((operator, at) => [...clears.get(at) ?? [], operator]);
}

/** The table of tensors, each view once. */
class Tensors {
  readonly all: PlanTensor[] = [];
  readonly #indices = new Map<string, number>();
  readonly #offsetOf: (buffer: Buffer) => number;

  constructor(offsetOf: (buffer: Buffer) => number) {
    this.#offsetOf = offsetOf;
  }

  index({ memory, offset, extents, strides }: View): number {
    const space = memory === "constants" ? "constants" : "arena";
    const base = offset + (memory === "constants" ? 0 : this.#offsetOf(memory));
    const tensor: PlanTensor = { extents: [...extents], strides: [...strides], base, space };
    const key = JSON.stringify(tensor);
    let index = this.#indices.get(key);
    if (index === undefined) {
      this.#indices.set(key, index = this.all.length);
      this.all.push(tensor);
    }
    return index;
  }
}
