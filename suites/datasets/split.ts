/**
 * Which samples of a set are for training and which for tests: split files, or a seeded division.
 *
 * A split file has a path within the set on each line, `*` for any run of characters, with or without
 * the number of its class behind it. Empty lines and notes, which begin with `#` and a space, are passed over.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { Faults } from "./faults.ts";
import type { DataOptions } from "./source.ts";

/** One line of a split file. */
export interface SplitLine {
  /** Path within the set, `/` between its parts; `*` stands for any run of characters. */
  readonly pattern: string;
  /** Number of the class of what it names. */
  readonly number?: number;
}

/** A split file, read. */
export interface SplitList {
  /** What messages call it. */
  readonly name: string;
  /** What it names. */
  readonly lines: readonly SplitLine[];
}

/** A sample of a set as far as divisions need to know it. */
export interface Divisible {
  /** Path within the set, `/` between its parts. */
  readonly path: string;
  /** Name of its class. */
  readonly className: string;
}

/** A set, divided. */
export interface Division {
  /** Names of the classes: in the order of the split's numbers where it has some, else sorted. */
  readonly classes: readonly string[];
  /** Indices of the samples to learn from, rising. */
  readonly train: readonly number[];
  /** Indices of the samples to be judged by, rising; may be none. */
  readonly test: readonly number[];
}

/** Share of each class that a seeded division keeps for tests. */
const TEST_SHARE = 0.2;

/**
 * Reads the lines of a split file. A number at the end of a line, after white space, is that of a class.
 *
 * @param name What errors call the file.
 * @throws {RangeError} when the file names nothing.
 */
export function parseSplit(text: string, name: string): SplitLine[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !/^#(\s|$)/.test(line))
    .map((line) => {
      const [, pattern, number] = /^(.*?)(?:\s+(\d+))?$/.exec(line)!;
      return { pattern: pattern.replace(/^\.\//, ""), ...(number && { number: Number(number) }) };
    });
  if (lines.length === 0) {
    throw new RangeError(
      `Cannot read split "${name}" as it must name files of the set, one or a pattern with * on ` +
        `each line: current value is a file that names none`,
    );
  }
  return lines;
}

/**
 * Divides a set. With one split file, what it does not name goes to the other side; with two, what
 * neither names is left out; without any, a fifth of each class, drawn by the seed, is for tests.
 *
 * @param set What errors call the set.
 * @throws {RangeError} when a split file cannot be read, names something that the set does not have,
 *   puts a sample on both sides, numbers classes inconsistently, or leaves nothing to learn from.
 */
export async function divide(
  set: string,
  samples: readonly Divisible[],
  { split = {}, seed }: Pick<DataOptions, "split" | "seed">,
): Promise<Division> {
  const [train, test] = await Promise.all(
    [split.train, split.test].map(async (file) =>
      file === undefined
        ? undefined
        : { name: file, lines: parseSplit(await readSplit(file), file) }
    ),
  );
  return train || test ? divideBy(set, samples, { train, test }) : seeded(samples, seed);
}

/**
 * Divides a set by lists of one side or both, as {@linkcode divide} does.
 *
 * @param set What errors call the set.
 * @throws {RangeError} as {@linkcode divide} does.
 */
export function divideBy(
  set: string,
  samples: readonly Divisible[],
  lists: { readonly train?: SplitList; readonly test?: SplitList },
): Division {
  const faults = new Faults();
  const [train, test] = [lists.train, lists.test].map((list) =>
    list && select(samples, list, faults)
  );
  const isTrain = (i: number) => train ? train.has(i) : !test?.has(i);
  const isTest = (i: number) => test ? test.has(i) : !train?.has(i);
  for (const [i, { path }] of samples.entries()) {
    if (isTrain(i) && isTest(i)) faults.add(`${path} is for training and for tests`);
  }
  const classes = ordered(samples, [...train ?? [], ...test ?? []], faults);
  const all = [...samples.keys()];
  if (faults.count === 0 && !all.some(isTrain)) faults.add("nothing is left to learn from");
  faults.refuse(
    `Cannot divide set "${set}"`,
    "split files must name what it has (paths within it, * for any run of characters), each " +
      "sample for one purpose and each class by one number",
  );
  return { classes, train: all.filter(isTrain), test: all.filter(isTest) };
}

/**
 * The text of a split file.
 *
 * @throws {RangeError} when it is not there or must not be read.
 */
export async function readSplit(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(
      `Cannot read split "${path}" as it must be a text file with a path within the set on each ` +
        `line: current value is ${reason}`,
      { cause },
    );
  }
}

/** Samples that lines name, with their class numbers where they have one. */
function select(
  samples: readonly Divisible[],
  { name, lines }: SplitList,
  faults: Faults,
): Map<number, number | undefined> {
  const byPath = new Map(samples.map(({ path }, i) => [path, i]));
  const selected = new Map<number, number | undefined>();
  for (const { pattern, number } of lines) {
    const found = pattern.includes("*") ? matching(samples, pattern) : [byPath.get(pattern)];
    for (const i of found) {
      if (i === undefined) faults.add(`${name} names ${pattern}, which is not in the set`);
      else selected.set(i, number ?? selected.get(i));
    }
    if (found.length === 0) faults.add(`${name} has ${pattern}, which nothing in the set fits`);
  }
  return selected;
}

function matching(samples: readonly Divisible[], pattern: string): number[] {
  const parts = pattern.split("*").map((part) => part.replace(/[^\w/ ]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "su");
  return [...samples.keys()].filter((i) => expression.test(samples[i].path));
}

/** Class names by their numbers; sorted when there are none. */
function ordered(
  samples: readonly Divisible[],
  numbers: readonly (readonly [index: number, number?: number])[],
  faults: Faults,
): string[] {
  const ofClass = new Map<string, number>();
  const ofNumber = new Map<number, string>();
  for (const [i, number] of numbers) {
    if (number === undefined) continue;
    const { path, className } = samples[i];
    if ((ofClass.get(className) ?? number) !== number) {
      faults.add(
        `${path} has class number ${number}, others of its class ${ofClass.get(className)}`,
      );
    } else if ((ofNumber.get(number) ?? className) !== className) {
      faults.add(`${path} has class number ${number}, as class ${ofNumber.get(number)} has`);
    } else {
      ofClass.set(className, number);
      ofNumber.set(number, className);
    }
  }
  const classes = [...new Set(samples.map(({ className }) => className))].sort();
  if (ofClass.size === 0) return classes;
  for (const name of classes) {
    if (!ofClass.has(name)) faults.add(`class ${name} has no number while others do`);
  }
  return classes.sort((a, b) => (ofClass.get(a) ?? 0) - (ofClass.get(b) ?? 0));
}

function seeded(samples: readonly Divisible[], seed: number): Division {
  const classes = [...new Set(samples.map(({ className }) => className))].sort();
  const test = new Set<number>();
  for (const name of classes) {
    const own = [...samples.keys()].filter((i) => samples[i].className === name);
    const count = Math.min(Math.max(Math.round(own.length * TEST_SHARE), 1), own.length - 1);
    new Random(seed, `division/${name}`).shuffle(own).slice(0, count).forEach((i) => test.add(i));
  }
  const all = [...samples.keys()];
  return { classes, train: all.filter((i) => !test.has(i)), test: all.filter((i) => test.has(i)) };
}
