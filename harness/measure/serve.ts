/**
 * The child's side of a spawned round.
 *
 * @module
 */

import type { Device } from "../../devices/device.ts";
import { type RoundEvent, type RoundRequest, runRound } from "./round.ts";

/**
 * Carries out the round requested on standard input and prints its events to standard output,
 * one JSON line each. An interrupt typed at the terminal reaches this process too and is left
 * for the parent to act upon, which ends this process when it wants to.
 *
 * @throws {SyntaxError} when the request is no JSON. What a case throws is told as an event.
 */
export async function serveRound(openDevice: (id: string) => Promise<Device>): Promise<void> {
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const request = JSON.parse(await new Response(Deno.stdin.readable).text()) as RoundRequest;
    await runRound(request, openDevice, printEvent);
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}

/**
 * Written at once and in full, so that a crash right after it loses nothing, and on a line of its
 * own even after a native library printed without ending its line.
 */
function printEvent(event: RoundEvent): void {
  const bytes = new TextEncoder().encode(`\n${JSON.stringify(event)}\n`);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
