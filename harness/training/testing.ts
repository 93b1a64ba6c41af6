/**
 * What the tests of this folder share.
 *
 * @module
 */

import { findDataSource } from "../../suites/datasets/sources.ts";
import type { DataSource, DataSplits } from "../../suites/datasets/source.ts";
import type { EpochRecord } from "../../training/trainer_options.ts";
import type { RecordedTraining } from "./folder.ts";
import type { TrainSettings } from "./settings.ts";

/** A source of which only the first samples are taken. */
export function fewOf(id: string, count: number): DataSource {
  const few = <Label>({ train, test }: DataSplits<Label>): DataSplits<Label> => ({
    train: { ...train, size: count, load: (i, o) => train.load(i, o) },
    ...(test && { test: { ...test, size: count, load: (i, o) => test.load(i, o) } }),
  });
  const source = findDataSource(id);
  return source.kind === "detection"
    ? { ...source, open: async (options) => few(await source.open(options)) }
    : { ...source, open: async (options) => few(await source.open(options)) };
}

/** A training that takes a second or two: images of 16x16 pixels, four filters in the first layer. */
export function tinySettings(changes: Partial<TrainSettings> = {}): TrainSettings {
  return {
    name: "resnet-18-cifar",
    data: { source: findDataSource("textures") },
    extents: { width: 1 / 16, size: 16 },
    epochs: 1,
    batch: 100,
    optimiserOptions: {},
    seed: 1,
    threads: 1,
    machine: "test",
    arguments: ["resnet-18-cifar", "--data", "textures"],
    command: "deno task train resnet-18-cifar --data textures",
    ...changes,
  };
}

/** A point of a curve. */
export function epochRecord(epoch: number, metrics: Record<string, number> = {}): EpochRecord {
  return {
    epoch,
    step: 10 * epoch,
    rate: 0.1 / epoch,
    loss: 2 / epoch,
    penalty: 0,
    metrics,
    trainSeconds: 1.5,
    evaluationSeconds: 0.25,
  };
}

/** A made-up training of two epochs; not measured. */
export function exampleTraining(): RecordedTraining {
  return {
    record: {
      run: "2026-01-02T03-04-05-net-textures",
      machine: "m",
      started: "2026-01-02T03:04:05Z",
      finished: "2026-01-02T03:05:05Z",
      command: "deno task train net --data textures",
      arguments: ["net", "--data", "textures"],
      model: {
        name: "net",
        parameters: 701466,
        macs: 35046656,
        sample: [3, 32, 32],
        weights: "seed 1",
      },
      data: {
        source: "textures",
        classes: 10,
        train: { name: "textures train", description: "2000 images", size: 2000 },
        test: { name: "textures test", description: "500 images", size: 500 },
      },
      settings: { epochs: 2, rate: 0.1 },
      seed: 1,
      metrics: ["top-1", "top-5"],
      environment: { cpu: "some processor" },
      source: "measured",
      result: {
        ended: "finished",
        epoch: 2,
        loss: 1,
        metrics: { "top-1": 0.75, "top-5": 1 },
        sha256: "abc123",
      },
    },
    epochs: [epochRecord(1), epochRecord(2, { "top-1": 0.75, "top-5": 1 })],
  };
}
