/**
 * Warming up: until both a number of calls and a length of time are reached.
 *
 * @module
 */

import type { MeasureRequest } from "./device.ts";

/** Calls `call`, which gives nanoseconds, as long as the request wants; gives all times. */
export async function warmUp(
  { warmupCalls, warmupMs }: MeasureRequest,
  call: () => Promise<number>,
): Promise<number[]> {
  const times: number[] = [];
  let spent = 0;
  while (times.length < warmupCalls || spent < warmupMs * 1e6) {
    const ns = await call();
    times.push(ns);
    spent += ns;
  }
  return times;
}
