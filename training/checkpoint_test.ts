import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crossEntropy } from "./losses/cross_entropy.ts";
import { adamw } from "./optimisers/adam.ts";
import { sgd } from "./optimisers/sgd.ts";
import { resumed } from "./testing/resumed.ts";
import { bitsOf, stripes, stripesNet } from "./testing/stripes.ts";
import { train } from "./trainer.ts";
import type { TrainingOptions, TrainingOutcome, TrainingTask } from "./trainer_options.ts";

/** Runs with a path in a folder that is removed afterwards. */
async function withPath(fn: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await fn(join(folder, "run.checkpoint"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What must be the same to the bit: everything but durations. */
function essence({ model, epochs, ...rest }: TrainingOutcome) {
  const curve = epochs.map(({ trainSeconds: _, evaluationSeconds: __, ...record }) => record);
  return { bits: bitsOf(model), curve, ...rest };
}

/** Trains, with some options changed; the penalties are new ones every time. */
function start(changes: Partial<TrainingOptions> = {}, of: Partial<TrainingTask<number>> = {}) {
  const { model, task, options } = resumed();
  return train(model, { ...task, ...of }, { ...options, ...changes });
}

/** Trains until there were so many reports of progress, then ends; false when it was finished. */
async function startAndEnd(changes: Partial<TrainingOptions>, reports: number): Promise<boolean> {
  const controller = new AbortController();
  const ended = new Error("enough");
  let count = 0;
  const onProgress = () => ++count === reports && controller.abort(ended);
  try {
    await start({ ...changes, signal: controller.signal, onProgress });
    return false;
  } catch (error) {
    if (error !== ended) throw error;
    return true;
  }
}

const whole = essence(await start());

// An epoch is 5 steps and 3 evaluated batches.
for (const reports of [1, 3, 5, 6, 8, 9, 11, 21, 29]) {
  Deno.test(`training ended after ${reports} reports of progress goes on to the same bits`, async () => {
    await withPath(async (path) => {
      assert(await startAndEnd({ checkpoint: { path } }, reports));
      assertEquals(essence(await start({ checkpoint: { path } })), whole);
    });
  });
}

for (const optimiser of [sgd({ nesterov: true }), adamw()]) {
  Deno.test(`training ended again and again ends at the same bits: ${optimiser.id}`, async () => {
    const expected = essence(await start({ optimiser }));
    await withPath(async (path) => {
      // Of all that begins anew when it is ended, the last judgement is the longest: 5 reports.
      let ends = 0;
      while (await startAndEnd({ optimiser, checkpoint: { path } }, 7)) ends++;
      assertGreater(ends, 3);
      assertEquals(essence(await start({ optimiser, checkpoint: { path } })), expected);
    });
  });
}

Deno.test("training that was finished gives its outcome again, without training", async () => {
  await withPath(async (path) => {
    const checkpoint = { path };
    assertEquals(essence(await start({ checkpoint })), whole);
    const labels = new Set<string>();
    const again = await start({ checkpoint, onProgress: ({ label }) => labels.add(label) });
    assertEquals(essence(again), whole);
    assertEquals([...labels], ["re-estimating statistics", "evaluating"]);
  });
});

Deno.test("training ended before its first step leaves no checkpoint", async () => {
  await withPath(async (path) => {
    const signal = AbortSignal.abort(new Error("at once"));
    await assertRejects(() => start({ checkpoint: { path }, signal }), Error, "at once");
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  });
});

Deno.test("a process that was killed in the middle of an epoch goes on to the same bits", async () => {
  await withPath(async (path) => {
    const script = fileURLToPath(new URL("testing/killed.ts", import.meta.url));
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", script, path, "12"],
      stdout: "piped",
    });
    await using child = command.spawn();
    await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
    child.kill("SIGKILL");
    assertEquals((await child.status).signal, "SIGKILL");
    const reports: string[] = [];
    const outcome = await start({
      checkpoint: { path, everySteps: 2 },
      onProgress: ({ label }) => reports.push(label),
    });
    assertEquals(essence(outcome), whole);
    // Of 9 steps, the last two had not been kept.
    assertEquals(reports.filter((label) => label.startsWith("epoch")).length, 20 - 7);
  });
});

Deno.test("a checkpoint of another training is refused, and what differs is named", async () => {
  await withPath(async (path) => {
    const checkpoint = { path };
    await startAndEnd({ checkpoint }, 3);
    const before = await Deno.readFile(path);
    await assertRejects(
      () => start({ checkpoint, batch: 4, rate: 0.5 }),
      RangeError,
      `Cannot resume from checkpoint "${path}" as it is of another training: "batch" must be "4": ` +
        `current value is "8"; "rate" must be "0.5": current value is "0.02"`,
    );
    const cases: [name: string, () => Promise<unknown>][] = [
      ["optimiser", () => start({ checkpoint, optimiser: sgd() })],
      ["optimiser", () => start({ checkpoint, optimiser: adamw({ beta1: 0.5 }) })],
      ["penalties", () => start({ checkpoint, penalties: [] })],
      ["loss", () => start({ checkpoint }, { loss: crossEntropy({ smoothing: 0.1 }) })],
      ["freeze", () => start({ checkpoint, freeze: ["fc.*"] })],
      ["schedule", () => start({ checkpoint, schedule: { id: "other", factor: () => 1 } })],
      ["training samples", () => start({ checkpoint }, { train: stripes(48) })],
      ["test samples", () => start({ checkpoint }, { test: stripes(21, 3) })],
      ["weights at the start", () => {
        const { task, options } = resumed();
        return train(stripesNet({ seed: 2 }), task, { ...options, checkpoint });
      }],
      ["network", () => {
        const { task, options } = resumed();
        return train(stripesNet({ dropout: 0.5 }), task, { ...options, checkpoint });
      }],
    ];
    for (const [name, resume] of cases) {
      await assertRejects(resume, RangeError, `it is of another training: "${name}" must be`);
    }
    assertEquals(await Deno.readFile(path), before);
  });
});

Deno.test("a checkpoint that is cut short is refused before training", async () => {
  await withPath(async (path) => {
    const checkpoint = { path };
    await startAndEnd({ checkpoint }, 3);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, -100));
    await assertRejects(
      () => start({ checkpoint }),
      SyntaxError,
      `Cannot read checkpoint "${path}" as it is cut short`,
    );
  });
});
