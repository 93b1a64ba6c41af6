import { assert, assertEquals, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import { readTraining, TrainingFolder } from "./folder.ts";
import { epochRecord, exampleTraining } from "./testing.ts";

const { result, finished: _, ...running } = exampleTraining().record;

Deno.test("epochs are on the disk as they finish, and one that is done again is replaced", async () => {
  await withFolder((results) => {
    const folder = TrainingFolder.create(results, running);
    assertEquals(folder.path, join(results, "m", "training", running.run));
    assertEquals(readTraining(folder.path), { record: running, epochs: [] });
    for (const epoch of [1, 2, 3]) folder.addEpoch(epochRecord(epoch));
    folder.addEpoch({ ...epochRecord(2), loss: 0.5 });
    assertEquals(readTraining(folder.path).epochs.map(({ epoch, loss }) => [epoch, loss]), [
      [1, 2],
      [2, 0.5],
    ]);
    return Promise.resolve();
  });
});

Deno.test("two trainings of the same second do not mix", async () => {
  await withFolder((results) => {
    const folders = [1, 2].map(() => TrainingFolder.create(results, running));
    assertEquals(folders[1].training.record.run, `${running.run}-2`);
    assert(folders[0].path !== folders[1].path);
    return Promise.resolve();
  });
});

Deno.test("a training with a checkpoint can be resumed until it has ended", async () => {
  await withFolder((results) => {
    const folder = TrainingFolder.create(results, running);
    assertThrows(() => TrainingFolder.resume(results), Error, "it holds no run.json");
    assertThrows(() => TrainingFolder.resume(folder.path), Error, "it holds no checkpoint");
    folder.addEpoch(epochRecord(1));
    Deno.writeTextFileSync(folder.checkpoint, "");
    const again = TrainingFolder.resume(folder.path);
    assertEquals(again.training, { record: running, epochs: [epochRecord(1)] });
    again.finish(result!, [1, 2].map((epoch) => epochRecord(epoch)));
    assert(!existsSync(folder.checkpoint));
    assertEquals(readTraining(folder.path).record.result, result);
    assertEquals(readTraining(folder.path).epochs.length, 2);
    assertThrows(() => TrainingFolder.resume(folder.path), Error, "the training has ended");
    return Promise.resolve();
  });
});

Deno.test("a folder is discarded when there is nothing to go on from, else kept", async () => {
  await withFolder((results) => {
    const [kept, gone] = [1, 2].map(() => TrainingFolder.create(results, running));
    Deno.writeTextFileSync(kept.checkpoint, "");
    for (const folder of [kept, gone]) folder.discard();
    assertEquals([existsSync(kept.path), existsSync(gone.path)], [true, false]);
    return Promise.resolve();
  });
});

Deno.test("results that cannot be written are refused before any work", async () => {
  await withFolder((results) => {
    const file = join(results, "file");
    Deno.writeTextFileSync(file, "");
    assertThrows(
      () => TrainingFolder.create(file, running),
      Error,
      "another folder with --results",
    );
    return Promise.resolve();
  });
});
