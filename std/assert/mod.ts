/**
 * Stand-in for `jsr:@std/assert`: the assertions that this project uses, with the same names,
 * signatures and behaviour, over the runtime's `node:assert` and `node:util`.
 *
 * One known difference: equality is `node:util`'s, which tells `0` from `-0`.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";

/** A class of errors, abstract ones too. */
// deno-lint-ignore no-explicit-any -- the signature of the real package; constructors vary
export type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** A class of anything. */
// deno-lint-ignore no-explicit-any -- the signature of the real package; constructors vary
export type AnyClass = abstract new (...args: any[]) => any;

function fail(message: string, note?: string): never {
  nodeAssert.fail(note ? `${message}: ${note}` : `${message}.`);
}

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) nodeAssert.fail(msg);
}

/** Asserts that two values are deeply equal; `NaN` equals `NaN`. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  try {
    nodeAssert.deepStrictEqual(actual, expected);
  } catch (error) {
    if (msg && error instanceof Error) error.message = `${msg}: ${error.message}`;
    throw error;
  }
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isDeepStrictEqual(actual, expected)) {
    fail(`Expected actual: ${inspect(actual)} not to be: ${inspect(expected)}`, msg);
  }
}

/** Asserts `|actual - expected| <= tolerance`; by default 1e-7 of the expected value. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (delta <= tolerance) return;
  fail(
    `Expected actual: "${actual}" to be close to "${expected}": ` +
      `delta "${delta}" is greater than "${tolerance}"`,
    msg,
  );
}

function assertOrder(holds: boolean, actual: unknown, word: string, expected: unknown, msg = "") {
  if (!holds) fail(`Expect ${inspect(actual)} ${word} ${inspect(expected)}`, msg);
}

/** Asserts `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual > expected, actual, ">", expected, msg);
}

/** Asserts `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual >= expected, actual, ">=", expected, msg);
}

/** Asserts `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual < expected, actual, "<", expected, msg);
}

/** Asserts `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual <= expected, actual, "<=", expected, msg);
}

/** Asserts that `actual` is neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    fail(`Expected actual: "${actual}" to not be null or undefined`, msg);
  }
}

/** Asserts that `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends AnyClass>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (!(actual instanceof expectedType)) {
    fail(`Expected ${inspect(actual)} to be an instance of "${expectedType.name}"`, msg);
  }
}

/** Asserts that the string `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    fail(`Expected actual: "${actual}" to contain: "${expected}"`, msg);
  }
}

/** Asserts that the string `actual` matches the pattern `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) fail(`Expected actual: "${actual}" to match: "${expected}"`, msg);
}

function checkError<E extends Error>(
  error: unknown,
  expected: ErrorClass<E> | undefined,
  msgIncludes = "",
  msg?: string,
): unknown {
  if (expected === undefined) return error;
  if (!(error instanceof Error)) fail("A non-Error object was thrown or rejected", msg);
  if (!(error instanceof expected)) {
    const got = `"${error.constructor.name}": ${error.message}`;
    fail(`Expected error to be instance of "${expected.name}", but was ${got}`, msg);
  }
  if (!error.message.includes(msgIncludes)) {
    fail(`Expected error message to include "${msgIncludes}", but got "${error.message}"`, msg);
  }
  return error;
}

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an `errorClass` whose message includes `msgIncludes`. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const expected = typeof classOrMsg === "string" ? undefined : classOrMsg;
  try {
    fn();
  } catch (error) {
    return checkError(error, expected, msgIncludes, msg);
  }
  fail("Expected function to throw", typeof classOrMsg === "string" ? classOrMsg : msg);
}

/** Asserts that the promise of `fn` rejects, and resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that the promise of `fn` rejects with an `errorClass` including `msgIncludes`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const expected = typeof classOrMsg === "string" ? undefined : classOrMsg;
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch {
    fail("Function throws when expected to reject", note);
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, expected, msgIncludes, msg);
  }
  fail("Expected function to reject", note);
}
