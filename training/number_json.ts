/**
 * JSON of values with numbers that JSON has not: a metric without anything to judge is no number.
 *
 * @module
 */

const NAMES = new Map<unknown, number>(
  [NaN, Infinity, -Infinity].map((value) => [nameOf(value), value]),
);

function nameOf(value: number): string {
  return `number:${value}`;
}

/** JSON text; NaN and infinities are texts such as `"number:NaN"`. */
export function toNumberJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, part) => typeof part === "number" && !Number.isFinite(part) ? nameOf(part) : part,
    indent,
  );
}

/** Reads such text. @throws {SyntaxError} when it is no JSON. */
export function fromNumberJson(text: string): unknown {
  return JSON.parse(text, (_key, part) => NAMES.get(part) ?? part);
}
