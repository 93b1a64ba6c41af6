/**
 * What is said to a peer engine in a process of its own, one JSON line for each request and one for
 * its answer; docs/peers.md tells it to those who write one.
 *
 * @module
 */

import type { Shape } from "../../graph/tensor.ts";

/** Version of the protocol; a child that speaks another one refuses the greeting. */
export const PROTOCOL = 1;

/** What a child is asked, by the name of the request. Tensors go through files of float32. */
export interface PeerRequests {
  /** Comes first. */
  readonly hello: { readonly protocol: number };
  /** Loads a model and gets ready to run it on this many threads. */
  readonly load: { readonly path: string; readonly threads: number };
  /** Takes the values of an input from a file. */
  readonly setInput: { readonly name: string; readonly shape: Shape; readonly path: string };
  /** Runs once. */
  readonly run: Record<never, never>;
  /** Runs `n` times. */
  readonly measure: { readonly n: number };
  /** Writes the values of an output of the last run to a file. */
  readonly output: { readonly name: string; readonly path: string };
  /** Ends the process. */
  readonly quit: Record<never, never>;
}

/** What a child answers, besides that it is `ok`. */
export interface PeerAnswers {
  /** Who it is, and what else a record should hold: versions, settings. */
  readonly hello: { readonly name: string; readonly facts: Readonly<Record<string, string>> };
  /** Names of the outputs, as they are in the ONNX file, and what must be known of how it is run. */
  readonly load: { readonly outputs: readonly string[]; readonly notes?: readonly string[] };
  readonly setInput: Record<never, never>;
  readonly run: Record<never, never>;
  /** Nanoseconds of each run, taken by the child around nothing but the run. */
  readonly measure: { readonly ns: readonly number[] };
  readonly output: { readonly shape: Shape };
  readonly quit: Record<never, never>;
}

/** One of the requests. */
export type PeerVerb = keyof PeerRequests;

/** A model that an engine cannot run, e.g. for an operator that it does not have. */
export class UnsupportedModelError extends Error {
  /** Tells the error apart where classes are lost. */
  override readonly name = "UnsupportedModelError";
}

/** The line of a request. */
export function requestLine<Verb extends PeerVerb>(
  verb: Verb,
  request: PeerRequests[Verb],
): string {
  return `${JSON.stringify({ do: verb, ...request })}\n`;
}

/**
 * The answer in a line; `undefined` for what a library printed in between, which is no answer.
 *
 * @throws {UnsupportedModelError} when the child says that it cannot run the model.
 * @throws {Error} with the child's message, when it answers by an error.
 * @throws {TypeError} when the answer lacks what it must have.
 */
export function readAnswer<Verb extends PeerVerb>(
  verb: Verb,
  line: string,
): PeerAnswers[Verb] | undefined {
  const answer = objectIn(line);
  if (answer === undefined || !("ok" in answer || "error" in answer)) return undefined;
  if ("error" in answer) {
    const message = String(answer.error);
    throw answer.unsupported === true ? new UnsupportedModelError(message) : new Error(message);
  }
  for (const [field, { is, must }] of Object.entries(FIELDS[verb])) {
    if (is(answer[field])) continue;
    throw new TypeError(
      `Cannot read the answer to "${verb}" as "${field}" must be ${must}: ` +
        `current value is ${JSON.stringify(answer[field])}`,
    );
  }
  return answer as unknown as PeerAnswers[Verb];
}

interface Field {
  readonly must: string;
  is(value: unknown): boolean;
}

const isString = (value: unknown) => typeof value === "string";
const listOf = (is: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(is);

const TEXT: Field = { must: "a string", is: isString };
const TEXTS: Field = { must: "a list of strings", is: listOf(isString) };
const FACTS: Field = {
  must: "an object of strings",
  is: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every(isString),
};
const TIMES: Field = {
  must: "a list of nanoseconds, positive integers",
  is: listOf((ns) => Number.isSafeInteger(ns) && Number(ns) > 0),
};
const EXTENTS: Field = {
  must: "a list of positive integers",
  is: listOf((extent) => Number.isSafeInteger(extent) && Number(extent) > 0),
};

const FIELDS: { readonly [Verb in PeerVerb]: Readonly<Record<string, Field>> } = {
  hello: { name: TEXT, facts: FACTS },
  load: {
    outputs: TEXTS,
    notes: { ...TEXTS, is: (value) => value === undefined || TEXTS.is(value) },
  },
  setInput: {},
  run: {},
  measure: { ns: TIMES },
  output: { shape: EXTENTS },
  quit: {},
};

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? value as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}
