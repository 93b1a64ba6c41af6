/**
 * Training kept in a file, so that it can go on after the process was killed as if it had not been.
 *
 * @module
 */

import { readArrayFile, writeArrayFile } from "./array_file.ts";
import { differences, type TrainingIdentity } from "./identity.ts";
import type { OptimiserState } from "./optimisers/optimiser.ts";
import type { LiveWeights, Penalty } from "./penalties/penalty.ts";
import type { EpochRecord } from "./trainer_options.ts";

/** Where training stands, weights apart. */
export interface Standing {
  /** Epochs finished. */
  epoch: number;
  /** Steps finished in the running epoch. */
  step: number;
  /** Sum of their losses. */
  lossSum: number;
  /** Seconds that they took. */
  seconds: number;
  /** The curve. */
  epochs: EpochRecord[];
}

/** Everything that training changes; arrays are live. */
export interface TrainingState {
  /** Where it stands. */
  readonly progress: Standing;
  /** All weights of the network. */
  readonly weights: LiveWeights;
  /** States of the optimiser by name of the weight. */
  readonly optimiser: ReadonlyMap<string, OptimiserState>;
  /** In the order of the options. */
  readonly penalties: readonly Penalty[];
  /** All weights as they were at the best evaluation, when these are to be kept. */
  best: LiveWeights | undefined;
}

/** What a file begins with. */
interface Header {
  readonly identity: TrainingIdentity;
  readonly progress: Standing;
}

/** The checkpoint of one training. */
export class Checkpoint {
  readonly #path: string;
  readonly #identity: TrainingIdentity;

  /** Names the file and the training that may go on from it. */
  constructor(path: string, identity: TrainingIdentity) {
    this.#path = path;
    this.#identity = identity;
  }

  /** Writes the state of the training: whole, or not at all. */
  async save(state: TrainingState): Promise<void> {
    const header: Header = { identity: this.#identity, progress: state.progress };
    const arrays = new Map(liveArrays(state));
    state.penalties.forEach((penalty, i) => {
      for (const [name, array] of penalty.save()) arrays.set(`${penaltyPrefix(i)}${name}`, array);
    });
    for (const [name, array] of state.best ?? []) arrays.set(`${BEST}${name}`, array);
    await writeArrayFile(this.#path, { header, arrays });
  }

  /**
   * Brings the training to the state that the file has; leaves it alone when there is no file.
   *
   * @throws {RangeError} when the file is of another training, naming what differs.
   * @throws {SyntaxError} when it is no checkpoint, cut short or damaged.
   */
  async restore(state: TrainingState): Promise<void> {
    const file = await readArrayFile(this.#path, "checkpoint");
    if (!file) return;
    const { header, arrays } = file;
    // Nothing else is written to such files, and the checksum holds.
    const { identity, progress } = header as Header;
    const others = differences(identity, this.#identity);
    if (others.length > 0) throw refusal(this.#path, others);
    const pairs = [...liveArrays(state)].map(([name, live]) => [live, arrays.get(name)] as const);
    if (pairs.some(([live, stored]) => live.length !== stored?.length)) {
      throw new SyntaxError(
        `Cannot read checkpoint "${this.#path}" as it must have an array of each weight that learns`,
      );
    }
    for (const [live, stored] of pairs) live.set(stored!);
    state.penalties.forEach((penalty, i) => penalty.restore(under(arrays, penaltyPrefix(i))));
    const best = under(arrays, BEST);
    state.best = best.size > 0 ? best : undefined;
    Object.assign(state.progress, progress);
  }
}

function refusal(path: string, others: ReturnType<typeof differences>): RangeError {
  const list = others.map(({ name, actual, expected }) =>
    `"${name}" must be "${expected}": current value is "${actual}"`
  );
  return new RangeError(
    `Cannot resume from checkpoint "${path}" as it is of another training: ${list.join("; ")}`,
  );
}

const BEST = "best/";
const penaltyPrefix = (index: number) => `penalty/${index}/`;

/** Arrays that have their place in memory, under their names in the file. */
function* liveArrays({ weights, optimiser }: TrainingState): Generator<[string, Float32Array]> {
  for (const [name, array] of weights) yield [`weight/${name}`, array];
  for (const [name, state] of optimiser) {
    for (const [key, array] of Object.entries(state)) yield [`optimiser/${key}/${name}`, array];
  }
}

/** Arrays whose names begin so, without it. */
function under(
  arrays: ReadonlyMap<string, Float32Array>,
  prefix: string,
): Map<string, Float32Array> {
  return new Map(
    [...arrays].filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array.slice()]),
  );
}
