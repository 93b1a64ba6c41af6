/**
 * What the command lines of all tasks have in common: options are declared by name, and whatever
 * cannot be understood is told in one line.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nearest } from "../compressors/nearest.ts";
import type { Shape } from "../graph/tensor.ts";

/** Input that cannot be understood, told in one line. */
export class UsageError extends Error {
  /** Tells the error apart where classes are lost. */
  override readonly name = "UsageError";
}

/** The options that a command line may have. */
export interface FlagNames<Values extends string, Switches extends string, Lists extends string> {
  /** Options with one value, in the order in which a command tells them. */
  readonly values: readonly Values[];
  /** Options without a value. */
  readonly switches: readonly Switches[];
  /** Options that may come several times. */
  readonly lists?: readonly Lists[];
  /** One-letter names. */
  readonly alias?: Readonly<Record<string, string>>;
}

/** What a command line says. */
export type Flags<Values extends string, Switches extends string, Lists extends string = never> =
  & { readonly [name in Values]?: string }
  & { readonly [name in Switches]: boolean }
  & { readonly [name in Lists]: readonly string[] }
  & {
    /** Words that are no options. */
    readonly _: readonly string[];
  };

/**
 * Reads a command line.
 *
 * @throws {UsageError} for an option that is unknown, with the nearest names, or has no value.
 */
export function readFlags<
  const Values extends string,
  const Switches extends string,
  const Lists extends string = never,
>(
  args: string[],
  { values, switches, lists = [], alias = {} }: FlagNames<Values, Switches, Lists>,
): Flags<Values, Switches, Lists> {
  const flags = parseArgs(args, {
    string: [...values, ...lists, "_"],
    boolean: switches,
    collect: lists,
    alias,
    unknown(argument) {
      if (!argument.startsWith("-")) return true;
      const names = [...values, ...lists, ...switches].map((name) => `--${name}`);
      throw new UsageError(
        `Cannot find option "${argument}": did you mean ${nearest(argument, names).join(" or ")}?`,
      );
    },
  }) as unknown as Flags<Values, Switches, Lists>;
  const read = flags as unknown as Readonly<Record<string, string | readonly string[] | undefined>>;
  const empty = [...values, ...lists].find((name) =>
    [read[name] ?? []].flat().some((text) => /^(\s*|--.*)$/.test(text))
  );
  if (empty) throw new UsageError(`Cannot run as --${empty} must have a value`);
  return flags;
}

/** A number as a person types it. @throws {UsageError} when it is none. */
export function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`Cannot run as --${flag} must be a number: current value is "${text}"`);
}

/** An integer of at least `least`. @throws {UsageError} when it is none. */
export function integerOf(flag: string, text: string, least: number): number {
  const value = numberOf(flag, text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(
    `Cannot run as --${flag} must be an integer of at least ${least}: current value is "${text}"`,
  );
}

/** The parts of a list with commas. @throws {UsageError} when one is empty. */
export function listOf(flag: string, text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.includes("")) return parts;
  throw new UsageError(
    `Cannot run as --${flag} must be names with commas between them: current value is "${text}"`,
  );
}

/**
 * Shapes of inputs, each typed as `NAME=1x3x224x224`.
 *
 * @throws {UsageError} when one is not.
 */
export function shapesOf(texts: readonly string[]): Record<string, Shape> | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(texts.map((text) => {
    const [, name, extents] = /^(.+)=([1-9]\d{0,8}(?:x[1-9]\d{0,8})*)$/s.exec(text) ?? [];
    if (name !== undefined) return [name, extents.split("x").map(Number)];
    throw new UsageError(
      `Cannot run as --shape must be as in data=1x3x224x224: current value is "${text}"`,
    );
  }));
}

/** A word as a shell reads it. */
export function quoted(word: string): string {
  return /^[\w./,:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A word of a command that others shall type: a path from this machine's root is its last name. */
export function retold(word: string): string {
  return quoted(word.replaceAll(/(?<=^|[=,])\/(?:[^=,]*\/)?(?=[^=,/])/g, ""));
}

/** The one word that a command needs. @throws {UsageError} when there are none or several. */
export function onlyWord(words: readonly string[], expected: string): string {
  if (words.length === 1) return words[0];
  throw new UsageError(`Cannot run as ${expected}: current value is "${words.join(" ")}"`);
}

/** One of some words. @throws {UsageError} when it is another one, with the nearest. */
export function choiceOf<const Choice extends string>(
  flag: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined || text === undefined) return found;
  throw new UsageError(
    `Cannot run as --${flag} must be one of ${choices.join(", ")}: current value is "${text}"`,
  );
}

/**
 * Requires that a file can be written.
 *
 * @param source What is read, which must not be written over.
 * @param force Whether a file that exists may be written over.
 * @throws {RangeError} when it is a folder, in none that exists, the source, or there already.
 */
export function requireWritable(path: string, source: string, force: boolean): void {
  const refuse = (expected: string, value: string): never => {
    throw new RangeError(
      `Cannot write "${path}" as it must be ${expected}: current value is ${value}`,
    );
  };
  const { isDirectory = false } = existsSync(path) ? Deno.statSync(path) : {};
  if (isDirectory) refuse("a file", "a folder");
  if (!existsSync(dirname(resolve(path)))) refuse("in a folder that exists", "one that does not");
  if (resolve(path) === resolve(source)) refuse("another file than the model", "the model itself");
  if (!force && existsSync(path)) refuse("a new file, or --force given", "a file that exists");
}
