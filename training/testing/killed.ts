/**
 * A process that trains with a checkpoint, for tests that kill it: `killed.ts CHECKPOINT REPORTS`.
 * After so many reports of progress it prints a line and waits for its end.
 *
 * @module
 */

import { train } from "../trainer.ts";
import { resumed } from "./resumed.ts";

const [path, reports] = Deno.args;
const { model, task, options } = resumed();
let count = 0;
await train(model, task, {
  ...options,
  checkpoint: { path, everySteps: 2 },
  onProgress() {
    if (++count < Number(reports)) return;
    Deno.stdout.writeSync(new TextEncoder().encode("here\n"));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
