/**
 * Learning rates over time.
 *
 * @module
 */

/** Learning rate of a step, as a factor of the base rate: from progress in `[0, 1)` of all steps. */
export interface Schedule {
  /** As it is written on a command line, e.g. `"cosine"`. */
  readonly id: string;
  /**
   * The factor at a step.
   *
   * @param step Steps done before this one.
   * @param total Steps of the whole training.
   */
  factor(step: number, total: number): number;
}

/** The base rate throughout. */
export function constant(): Schedule {
  return { id: "constant", factor: () => 1 };
}

/** Options of {@linkcode stepwise}. */
export interface StepwiseOptions {
  /**
   * When the rate falls, ascending: below 1 a share of training, from 1 on so many finished epochs.
   */
  readonly milestones: readonly number[];
  /** What the rate is multiplied with at each milestone, above 0. @default {0.1} */
  readonly gamma?: number;
  /** Epochs of the whole training, for milestones in epochs. */
  readonly epochs?: number;
}

/**
 * A rate that falls at milestones.
 *
 * @throws {RangeError} when a milestone or gamma is out of its range, or milestones do not ascend.
 */
export function stepwise({ milestones, gamma = 0.1, epochs }: StepwiseOptions): Schedule {
  const id = ["step", ...milestones, `x${gamma}`].join(":");
  if (milestones.length === 0) throw refusal(id, "a milestone must be given", "none");
  if (!(gamma > 0 && gamma < Infinity)) throw refusal(id, "gamma must be above 0", gamma);
  const shares = milestones.map((milestone) => {
    if (milestone > 0 && milestone < 1) return milestone;
    if (!(Number.isInteger(milestone) && milestone >= 1)) {
      throw refusal(id, "a milestone must be a share below 1 or a number of epochs", milestone);
    }
    if (epochs === undefined) {
      throw refusal(id, "a milestone must be a share where epochs are not known", milestone);
    }
    if (milestone >= epochs) {
      throw refusal(id, `a milestone must lie before the end, ${epochs} epochs`, milestone);
    }
    return milestone / epochs;
  });
  const late = shares.findIndex((share, i) => i > 0 && share <= shares[i - 1]);
  if (late > 0) {
    throw refusal(id, `milestones must ascend after ${milestones[late - 1]}`, milestones[late]);
  }
  return {
    id,
    factor(step, total) {
      // A milestone lies between two steps; rounding keeps it from slipping behind the second one.
      const passed = shares.filter((share) => step >= Math.round(share * total)).length;
      return gamma ** passed;
    },
  };
}

/**
 * Half a cosine, from the base rate down to `floor` times it (Loshchilov and Hutter, 2017, without
 * restarts).
 *
 * @throws {RangeError} when the floor is not in `[0, 1)`.
 */
export function cosine(floor = 0): Schedule {
  const id = floor === 0 ? "cosine" : `cosine:${floor}`;
  if (!(floor >= 0 && floor < 1)) throw refusal(id, "the floor must be in [0, 1)", floor);
  return { id, factor: (step, total) => glide(1, floor, step / total) };
}

/**
 * One cycle (Smith and Topin, 2018): by cosines from 1/25 of the base rate up to it, then down to
 * 1/250000.
 *
 * @param peak Share of training at which the base rate is reached.
 * @throws {RangeError} when the peak is not in (0, 1).
 */
export function oneCycle(peak = 0.3): Schedule {
  const id = peak === 0.3 ? "one-cycle" : `one-cycle:${peak}`;
  if (!(peak > 0 && peak < 1)) throw refusal(id, "the peak must be a share in (0, 1)", peak);
  return {
    id,
    factor(step, total) {
      const at = step / total;
      return at < peak
        ? glide(1 / 25, 1, at / peak)
        : glide(1, 1 / 250_000, (at - peak) / (1 - peak));
    },
  };
}

/**
 * A linear rise over the first steps, by which another schedule is multiplied: `(step + 1) / n` of
 * its factor for the first n steps.
 *
 * @param length Below 1 a share of training, from 1 on so many steps.
 * @throws {RangeError} when the length is neither.
 */
export function warmUp(length: number, then: Schedule): Schedule {
  const id = `warmup:${length},${then.id}`;
  if (!(length > 0 && (length < 1 || Number.isSafeInteger(length)))) {
    throw refusal(id, "warm-up must be a share below 1 or a number of steps", length);
  }
  return {
    id,
    factor(step, total) {
      const steps = length < 1 ? length * total : length;
      return Math.min((step + 1) / steps, 1) * then.factor(step, total);
    },
  };
}

/** What may be written for a schedule, one line each, for messages and help. */
export const SCHEDULE_FORMS: readonly string[] = [
  "constant",
  "step:0.5:0.75:x0.1 (shares of training, or epochs)",
  "cosine, cosine:0.05 (down to a share of the rate)",
  "one-cycle, one-cycle:0.3",
  "warmup:0.05,cosine (a share of training, or steps; before any other)",
];

/**
 * Reads a schedule as it is written on a command line: `"cosine"`, `"step:30:60:x0.1"`,
 * `"warmup:0.05,cosine"`.
 *
 * @param epochs Epochs of the whole training; without it, milestones must be shares.
 * @throws {SyntaxError} when it is none of the forms.
 * @throws {RangeError} when a number in it is out of its range.
 */
export function parseSchedule(text: string, epochs?: number): Schedule {
  const parts = text.split(",").map((part) => part.trim());
  const [name, ...texts] = parts[parts.length - 1].split(":");
  const warm = parts.length === 2 ? /^warmup:([^:]+)$/.exec(parts[0]) : null;
  if (parts.length > 2 || (parts.length === 2 && !warm)) throw unreadable(text);
  const schedule = bare(text, name, texts, epochs);
  return warm ? warmUp(numberIn(text, warm[1]), schedule) : schedule;
}

/** A schedule without warm-up. */
function bare(text: string, name: string, texts: readonly string[], epochs?: number): Schedule {
  if (name === "constant" && texts.length === 0) return constant();
  if (name === "step") {
    const factor = texts.at(-1)?.startsWith("x") ? texts.at(-1)!.slice(1) : undefined;
    const milestones = factor === undefined ? texts : texts.slice(0, -1);
    return stepwise({
      milestones: milestones.map((milestone) => numberIn(text, milestone)),
      gamma: factor === undefined ? undefined : numberIn(text, factor),
      epochs,
    });
  }
  const make = name === "cosine" ? cosine : name === "one-cycle" ? oneCycle : undefined;
  if (make === undefined || texts.length > 1) throw unreadable(text);
  return make(texts.length === 1 ? numberIn(text, texts[0]) : undefined);
}

function numberIn(text: string, word: string): number {
  if (/^\d*\.?\d+(e-?\d+)?$/i.test(word)) return Number(word);
  throw unreadable(text);
}

/** Half a cosine from one value to another as `t` goes from 0 to 1. */
function glide(from: number, to: number, t: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * t)) / 2;
}

function refusal(id: string, expected: string, value: number | string): RangeError {
  return new RangeError(`Cannot use schedule "${id}" as ${expected}: current value is ${value}`);
}

function unreadable(text: string): SyntaxError {
  return new SyntaxError(
    `Cannot read schedule "${text}" as it must be one of ${SCHEDULE_FORMS.join("; ")}`,
  );
}
