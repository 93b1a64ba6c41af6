/**
 * An invented experiment, for tests of what is made of records; nothing in it was measured.
 *
 * @module
 */

import type { Target } from "../../compressors/compressor.ts";
import type { Trace } from "../../compressors/trace.ts";
import { Random } from "../../graph/random.ts";
import type { Claim } from "../../suites/experiments/experiment.ts";
import type { EpochRecord } from "../../training/trainer_options.ts";
import {
  cellId,
  type CellRecord,
  type CellResult,
  type CellSpec,
  DENSE,
  type ExperimentManifest,
  type RecordedExperiment,
  type StageRecord,
} from "./records.ts";

const ENVIRONMENT = { cpu: "Example Processor, 2 cores", deno: "2.9.0" };
const PRUNE_EPOCHS = 6, RETRAIN_EPOCHS = 4;
const DENSE_MACS = 410_000_000, DENSE_PARAMS = 1_200_000;

/** Specification of a cell; changes replace fields. */
export function exampleSpec(changes: Partial<CellSpec> = {}): CellSpec {
  return {
    experiment: "example",
    scale: "small",
    part: "c3d-moving-shapes",
    cell: DENSE,
    method: "none",
    options: {},
    target: { macs: 1 },
    seed: 1,
    setting: { epochs: 10, batch: 16 },
    ...changes,
  };
}

/** A record of a cell that ended well, with these test metrics. */
export function exampleRecord(
  changes: Partial<CellSpec> = {},
  metrics: Readonly<Record<string, number>> = { "top-1": 0.9 },
  result: Partial<CellResult> = {},
): CellRecord {
  const spec = exampleSpec(changes);
  return {
    schema: 1,
    id: cellId(spec),
    spec,
    label: spec.cell,
    status: "ok",
    result: {
      metrics,
      denseMacs: DENSE_MACS,
      macs: DENSE_MACS,
      denseParams: DENSE_PARAMS,
      params: DENSE_PARAMS,
      valueBytes: 4 * DENSE_PARAMS,
      indexBytes: 0,
      spent: { epochs: 10, trainingMacs: 3e12, seconds: 95.25, evaluations: 0 },
      layers: [],
      notes: [],
      traces: [],
      stages: [],
      ...result,
    },
    finished: "2026-01-02T03:04:05.000Z",
    environment: ENVIRONMENT,
  };
}

/** A record of a cell without result. */
export function exampleFailure(
  changes: Partial<CellSpec>,
  status: "skipped" | "failed",
  reason: string,
): CellRecord {
  const { result: _, ...record } = exampleRecord(changes);
  return { ...record, status, reason };
}

/** A manifest without parts. */
export function exampleManifest(changes: Partial<ExperimentManifest> = {}): ExperimentManifest {
  return {
    schema: 1,
    id: "example",
    title: "Schemes and algorithms on 3-D networks",
    scale: "small",
    machine: "m",
    command: "deno task experiment example --scale small",
    started: "2026-01-02T00:00:00.000Z",
    environment: ENVIRONMENT,
    parts: [],
    cells: [],
    latency: {},
    ...changes,
  };
}

const SCHEMES = ["Filter", "Vanilla", "KGS"];
const ALGORITHMS = ["heuristic", "regularized", "reweighted"];

/**
 * Two parts that were run, one of them with all of RT3D's cells from three seeds, and one that was not.
 */
export function exampleExperiment(): RecordedExperiment {
  const records = [1, 2, 3].flatMap(movingShapes);
  const weizmann = { part: "r2plus1d-weizmann", setting: { epochs: 4 } };
  records.push(
    exampleRecord({ ...weizmann }, { "top-1": 0.968, "top-5": 1 }),
    trained({ ...weizmann, cell: "kgs-3.2x", target: { macs: 3.2 } }, "KGS 8x4, 3.2x", 0.95),
    exampleFailure({ ...weizmann, cell: "tucker" }, "skipped", "R(2+1)D has only thin kernels"),
    exampleFailure({ ...weizmann, cell: "diverged" }, "failed", "Cannot go on as loss is NaN"),
  );
  const part = { settings: { batch: 16, "learning rate": 0.005, "epochs to retrain": 4 } };
  const manifest = exampleManifest({
    finished: "2026-01-02T03:10:00.000Z",
    parts: [
      {
        ...part,
        id: "c3d-moving-shapes",
        title: "C3D on moving shapes",
        network: "C3D at quarter width, 16 frames of 56x56: 1.20 M parameters, 410 MMACs",
        data: "generated moving shapes, 12 classes: 2000 clips to learn from, 500 to test",
      },
      {
        ...part,
        id: "r2plus1d-weizmann",
        title: "R(2+1)D on Weizmann",
        network: "R(2+1)D-18 at quarter width, 16 frames of 56x56",
        data: "Weizmann actions, 10 classes: 62 clips to learn from, 31 of other persons to test",
      },
      {
        ...part,
        id: "c3d-fights",
        title: "C3D on fights",
        network: "C3D at quarter width, 16 frames of 56x56",
        data: "fights in surveillance videos",
        skipped: "--data fights=FOLDER not given",
      },
    ],
  });
  return { manifest: { ...manifest, cells: records.map(({ id }) => id) }, records };
}

/** Claims that the example bears on: one holds, one does not, one cannot be told. */
export const EXAMPLE_CLAIMS: readonly Claim[] = [
  {
    published: ["rt3d.t1.c3d.rew.kgs.2.6x.top1", "rt3d.t1.c3d.rew.filter.2.6x.top1"],
    statement: "At equal MACs, KGS keeps more accuracy than Vanilla, and Vanilla more than Filter.",
    parts: "*",
    pairs: [
      { better: "kgs-reweighted-2.6x", than: "filter-reweighted-2.6x" },
      { better: "kgs-reweighted-2.6x", than: "vanilla-reweighted-2.6x" },
    ],
  },
  {
    published: ["rt3d.t1.c3d.heu.filter.2.6x.top1"],
    statement: "Reweighted regularization is better than one-shot pruning.",
    parts: "c3d-*",
    pairs: [{ better: "filter-heuristic-2.6x", than: "kgs-reweighted-2.6x" }],
  },
  {
    published: ["rt3d.t1.r21d.rew.kgs.3.2x.top1"],
    statement: "KGS at 3.2x loses less than one point.",
    parts: "r2plus1d-*",
    pairs: [{ better: "kgs-3.2x", than: DENSE, margin: 1 }],
  },
];

function movingShapes(seed: number): CellRecord[] {
  const random = new Random(seed, "example experiment");
  const noise = () => 0.012 * (random.uniform() - 0.5);
  const dense = 0.91 + noise();
  const cells = ALGORITHMS.flatMap((algorithm, a) =>
    SCHEMES.map((scheme, s) => {
      const cell = `${scheme}-${algorithm}-2.6x`.toLowerCase();
      const spec = { cell, target: { macs: 2.6 }, options: { algorithm, scheme }, seed };
      const final = dense - 0.09 + 0.025 * s + 0.012 * a + noise();
      return trained(spec, `${scheme} 8x4, ${algorithm}, 2.6x`, final);
    })
  );
  const options = { algorithm: "reweighted", scheme: "KGS" };
  const further = [3.5, 5].map((rate) =>
    trained(
      { cell: `kgs-reweighted-${rate}x`, target: { macs: rate }, options, seed },
      `KGS 8x4, reweighted, ${rate}x`,
      dense - 0.02 * (rate - 2) + noise(),
    )
  );
  return [
    { ...exampleRecord({ seed }, { "top-1": dense, "top-5": 0.99 }), label: "dense" },
    ...cells,
    ...further,
  ];
}

/** A cell of method `rt3d` with curves that end at `final`. */
function trained(changes: Partial<CellSpec>, label: string, final: number): CellRecord {
  const spec = { method: "rt3d", ...changes };
  const rate = Object.values(spec.target as Target)[0];
  const macs = Math.floor(DENSE_MACS / rate), params = Math.floor(DENSE_PARAMS / rate / 1.1);
  const cut = final - 0.08 * rate / 2.6;
  const metrics = (top1: number) => ({ "top-1": top1, "top-5": Math.min(1, top1 + 0.08) });
  const record = exampleRecord(spec, metrics(final), {
    cutMetrics: metrics(cut),
    macs,
    params,
    valueBytes: 4 * params,
    indexBytes: Math.floor(0.03 * params),
    spent: {
      epochs: PRUNE_EPOCHS + RETRAIN_EPOCHS,
      trainingMacs: 3 * DENSE_MACS * 2000 * (PRUNE_EPOCHS + RETRAIN_EPOCHS),
      seconds: 412.5,
      evaluations: 12,
    },
    layers: layers(rate),
    notes: ["rates by bisection of one threshold over all layers"],
    traces: [searchTrace(final), bytesTrace(params)],
    stages: [
      stage("reweighted", PRUNE_EPOCHS, 0.91, final, 40 * rate * final),
      stage("retraining", RETRAIN_EPOCHS, cut, final, 0),
    ],
  });
  return { ...record, label };
}

function layers(rate: number): CellResult["layers"] {
  return ["conv1a", "conv2a", "conv3a", "conv3b", "conv4a", "conv4b", "fc6"].map((layer, i) => {
    const share = i === 0 ? 1 : 1 + (rate - 1) * (0.6 + 0.15 * i);
    const denseMacs = 60_000_000 / (1 + i), denseParams = 40_000 * (1 + i);
    return {
      layer,
      decision: i === 0 ? "left as it is" : `keep ${(100 / share).toFixed(1)} % of 8x4 columns`,
      denseMacs,
      macs: Math.floor(denseMacs / share),
      denseParams,
      params: Math.floor(denseParams / share),
      rate: share,
      ...(i === 0 && { reason: "first layer" }),
    };
  });
}

function searchTrace(final: number): Trace {
  const rows = Array.from({ length: 12 }, (_, i) => [i, 100 * final - 8 / (1 + i), 12 - i]);
  return {
    id: "search",
    title: "Bisection: accuracy of every threshold that was met",
    columns: ["step", "accuracy (%)", "temperature"],
    rows,
    chart: { x: "step", y: ["accuracy (%)"] },
  };
}

function bytesTrace(params: number): Trace {
  return {
    id: "index-bytes",
    title: "Index bytes by format",
    columns: ["format", "bytes"],
    rows: [["compact", Math.floor(0.03 * params)], ["CSR", 4 * params]],
  };
}

function stage(
  name: string,
  count: number,
  from: number,
  to: number,
  penalty: number,
): StageRecord {
  const epochs = Array.from({ length: count }, (_, i): EpochRecord => {
    const done = 1 - 0.45 ** (i + 1);
    return {
      epoch: i + 1,
      step: 125 * (i + 1),
      rate: 0.005,
      loss: 0.4 / (i + 1),
      penalty: penalty / (i + 1) ** (to - 0.3),
      metrics: { "top-1": from + (to - from) * done },
      trainSeconds: 38,
      evaluationSeconds: 2,
    };
  });
  return { name, before: { "top-1": from }, epochs };
}
