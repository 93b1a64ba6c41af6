/**
 * Memory of operators that may run at the same time: two buffers can share floats only where every
 * user of one has to be done before anything is written to the other.
 *
 * @module
 */

import type { Together } from "./memory.ts";
import type { Buffer, View } from "./view.ts";

/** What an operator reads and writes. */
export interface Access {
  /** What it reads. */
  readonly inputs: readonly View[];
  /** What it writes. */
  readonly output: View;
}

/** What a plan is given and gives. */
export interface Outside {
  /** Set before it runs. */
  readonly inputs: readonly { readonly view: View }[];
  /** Wanted when it has run. */
  readonly outputs: readonly { readonly view: View }[];
}

/** Where in the order of execution a buffer is used. */
interface Uses {
  /** All operators that read or write it; -1 for what sets inputs, the number of operators for the end. */
  readonly all: number[];
  /** Those that write it. */
  readonly writers: number[];
}

/**
 * Which of `buffers` may hold something at the same time when operators run in any order in which
 * everything is written before it is read.
 */
export function bufferOrder(
  operators: readonly Access[],
  outside: Outside,
  buffers: readonly Buffer[],
): Together {
  const uses = new Map(buffers.map((buffer): [Buffer, Uses] => [buffer, { all: [], writers: [] }]));
  const usesOf = ({ memory }: View) => memory === "constants" ? undefined : uses.get(memory)!;
  for (const { view } of outside.inputs) {
    usesOf(view)?.all.push(-1, operators.length);
    usesOf(view)?.writers.push(-1);
  }
  // Row `at` tells which operators have to be done before operator `at` starts.
  const before = operators.map(() => new Uint8Array(operators.length));
  operators.forEach(({ inputs, output }, at) => {
    for (const writer of inputs.flatMap((view) => usesOf(view)?.writers ?? [])) {
      if (writer < 0 || before[at][writer]) continue;
      before[writer].forEach((is, i) => is && (before[at][i] = 1));
      before[at][writer] = 1;
    }
    for (const view of inputs) usesOf(view)?.all.push(at);
    usesOf(output)!.all.push(at);
    usesOf(output)!.writers.push(at);
  });
  for (const { view } of outside.outputs) usesOf(view)?.all.push(operators.length);
  const ordered = (a: Uses, b: Uses) =>
    b.writers.every((writer) => writer >= 0 && a.all.every((user) => before[writer][user] === 1));
  const list = buffers.map((buffer) => uses.get(buffer)!);
  return (i, j) => !ordered(list[i], list[j]) && !ordered(list[j], list[i]);
}
