/**
 * A round in a fresh process: memory placement, caches and thread pools start anew, and a kernel
 * that crashes takes only its round along.
 *
 * @module
 */

import { describeEnd } from "../../devices/process_end.ts";
import type { Emit, RoundEvent, RoundExecutor } from "./round.ts";

/**
 * Makes the executor that runs each round in a fresh `deno` process.
 *
 * @param entry Program that reads a request from its standard input and prints events, one JSON
 * line each.
 */
export function spawnRounds(
  entry: URL = new URL("../../tasks/round.ts", import.meta.url),
): RoundExecutor {
  return async (request, emit, signal) => {
    if (signal?.aborted) return;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-read",
        // Programs and tensors go to some devices as files.
        "--allow-write",
        "--allow-env",
        "--allow-sys",
        "--allow-ffi",
        "--allow-run",
        "--allow-net=127.0.0.1", // the adb server
        entry.href,
      ],
      // What it writes to standard error may become part of a record.
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let running = true;
    const stop = () => running && child.kill("SIGTERM");
    signal?.addEventListener("abort", stop, { once: true });
    let finished = false;
    const collect: Emit = (event) => {
      if (event.type === "done") finished = true;
      emit(event);
    };
    const [, , errors, status] = await Promise.all([
      sendRequest(child.stdin, JSON.stringify(request)),
      receiveEvents(child.stdout, collect),
      new Response(child.stderr).text(),
      child.status.finally(() => running = false),
    ]);
    signal?.removeEventListener("abort", stop);
    // A library that crashes while the process exits spoils nothing that was measured.
    if (signal?.aborted || finished) return;
    emit({ type: "error", message: `The process of the round ${describeEnd(status, errors)}` });
  };
}

async function sendRequest(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // The process ended before it read its request; its exit status tells why.
  }
}

async function receiveEvents(stdout: ReadableStream<Uint8Array>, emit: Emit): Promise<void> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    // What follows the last line end is unfinished, for good if the process dies now.
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = parseEvent(line);
      if (event) emit(event);
    }
  }
}

/** The event of a line; `undefined` for what a native library printed in between. */
function parseEvent(line: string): RoundEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "type" in value
      ? value as RoundEvent
      : undefined;
  } catch {
    return undefined;
  }
}
