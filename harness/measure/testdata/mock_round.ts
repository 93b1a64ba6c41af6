/** A round's child process with the mock device, for tests: programs say how they end it. */
import { MockDevice, type MockProgram } from "../../../devices/mock.ts";
import { serveRound } from "../serve.ts";

/** What a native library might print, without ending its line. */
const GREETING = new TextEncoder().encode("hello\n{\nhello");

const PROGRAMS: Readonly<Record<string, MockProgram>> = {
  good: { ms: 1, onCall: () => Deno.stdout.writeSync(GREETING) },
  quiet: { ms: 1 },
  interrupted: { ms: 1, onCall: () => Deno.kill(Deno.pid, "SIGINT") },
  exits: { ms: 1, onCall: (call) => call === 3 && Deno.exit(3) },
  killed: { ms: 1, onCall: (call) => call === 3 && Deno.kill(Deno.pid, "SIGKILL") },
  // Longer than any test, so that only a signal ends it.
  hangs: { ms: 1, onCall: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e5) },
};

if (import.meta.main) await serveRound(() => Promise.resolve(new MockDevice(PROGRAMS)));
