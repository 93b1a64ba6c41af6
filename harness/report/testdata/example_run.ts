/**
 * A made-up run of C3D for tests of tables, charts and pages: realistic in shape and size, not
 * measured.
 *
 * @module
 */

import type {
  CaseResult,
  CaseSpec,
  Estimate,
  LayerResult,
  Manifest,
  Ratio,
  RunResult,
} from "../../result.ts";

const ROUNDS = 10;
const BAND = { low: 0.988, high: 1.011 };

/** Dense C3D: layer, kind, params, MACs, dense milliseconds. */
const C3D: readonly (readonly [string, string, number, number, number])[] = [
  ["conv1", "conv", 5_248, 1_040_449_536, 13.9],
  ["pool1", "maxpool", 0, 0, 2.6],
  ["conv2", "conv", 221_312, 11_098_128_384, 83.4],
  ["pool2", "maxpool", 0, 0, 1.1],
  ["conv3a", "conv", 884_992, 5_549_064_192, 43.0],
  ["conv3b", "conv", 1_769_728, 11_098_128_384, 86.2],
  ["pool3", "maxpool", 0, 0, 0.5],
  ["conv4a", "conv", 3_539_456, 2_774_532_096, 22.4],
  ["conv4b", "conv", 7_078_400, 5_549_064_192, 45.1],
  ["pool4", "maxpool", 0, 0, 0.2],
  ["conv5a", "conv", 7_078_400, 693_633_024, 6.6],
  ["conv5b", "conv", 7_078_400, 693_633_024, 6.6],
  ["pool5", "maxpool", 0, 0, 0.1],
  ["fc6", "gemm", 33_558_528, 33_554_432, 7.9],
  ["fc7", "gemm", 16_781_312, 16_777_216, 4.0],
  ["fc8", "gemm", 413_797, 413_696, 0.1],
];

/** What makes one row of the example. */
interface Recipe {
  readonly method: string;
  readonly scheme?: string;
  readonly label?: string;
  readonly role?: CaseResult["role"];
  /** Reduction of MACs in every convolution; fully connected layers stay dense. */
  readonly rate?: number;
  /** Time of a layer ÷ (dense time ÷ rate). */
  readonly overhead?: number;
  /** Index bytes for every kept weight. */
  readonly indexBytes?: number;
  readonly status?: CaseResult["status"];
  readonly reason?: string;
  readonly notes?: readonly string[];
  readonly relativeError?: number;
}

/** Time of direct convolutions ÷ time of the best dense ones. */
const DIRECT = 1.05;

const RECIPES: readonly Recipe[] = [
  { method: "dense", label: "dense", role: "baseline" },
  { method: "dense", scheme: "direct", role: "direct", overhead: DIRECT },
  { method: "dense", label: "dense (A/A)", role: "A/A", overhead: 1.002 },
  { method: "onnxruntime", label: "onnxruntime dense", role: "peer", overhead: 1.24 },
  { method: "unstructured", role: "control", rate: 3.6, overhead: 3.57, indexBytes: 2 },
  {
    method: "random-kgs",
    scheme: "kgs 8x4",
    role: "control",
    rate: 3.6,
    overhead: 1.12,
    indexBytes: 0.06,
  },
  { method: "rt3d", scheme: "kgs 8x4", rate: 3.6, overhead: 1.08, indexBytes: 0.06 },
  { method: "rt3d", scheme: "kgs 4x4", rate: 3.6, overhead: 1.21, indexBytes: 0.13 },
  { method: "rt3d", scheme: "vanilla 8x4", rate: 3.61, overhead: 1.07, indexBytes: 0.003 },
  { method: "rt3d", scheme: "filter", rate: 3.58, overhead: 1.02 },
  {
    method: "yolobile",
    scheme: "block-punched 8x4",
    rate: 3.6,
    overhead: 1.083,
    indexBytes: 0.06,
  },
  {
    method: "tucker",
    scheme: "tucker-2 + svd",
    rate: 3.64,
    overhead: 1.35,
    notes: ["EVBMF finds no signal in untrained weights: ranks chosen by ratio"],
  },
  {
    method: "autocompress",
    scheme: "filter+column",
    rate: 3.6,
    overhead: 1.05,
    indexBytes: 0.01,
    status: "invalid",
    reason: "relative error 3.1e-2 of the output against ONNX Runtime is above 1e-4",
    relativeError: 3.1e-2,
  },
  {
    method: "yolobile",
    scheme: "pattern",
    status: "skipped",
    reason: "patterns need 3x3 kernels: current value is 3x3x3 in layer conv1",
  },
];

function estimate(value: number, spread: number): Estimate {
  return {
    value,
    low: value * (1 - spread),
    high: value * (1 + spread * 1.2),
    level: 0.95,
    rounds: ROUNDS,
  };
}

function ratio(value: number, spread: number): Ratio {
  const plain = estimate(value, spread);
  const verdict = plain.low! > BAND.high
    ? "faster"
    : plain.high! < BAND.low
    ? "slower"
    : "none shown";
  return { ...plain, verdict };
}

function layersOf(recipe: Recipe): LayerResult[] {
  const { rate = 1, overhead = 1, indexBytes = 0 } = recipe;
  return C3D.map(([layer, kind, params, macs, ms], position) => {
    const pruned = kind === "conv";
    const kept = Math.round(params / (pruned ? rate : 1));
    // Layers differ a little from one another; the sum over a cycle of three stays put.
    const unevenness = 1 + 0.03 * (position % 3 - 1);
    return {
      layer,
      operator: layer,
      kind,
      macs: Math.round(macs / (pruned ? rate : 1)),
      params: kept,
      valueBytes: kept * 4,
      indexBytes: pruned ? Math.round(kept * indexBytes) : 0,
      decision: pruned && rate > 1
        ? `keep ${(100 / rate).toFixed(1)} % of ${recipe.scheme ?? "weights"}`
        : "dense",
      microseconds: estimate(pruned ? ms * 1000 / rate * overhead * unevenness : ms * 1000, 0.02),
    };
  });
}

function sum(layers: readonly LayerResult[], pick: (layer: LayerResult) => number): number {
  return layers.reduce((total, layer) => total + pick(layer), 0);
}

function caseOf(recipe: Recipe, position: number): CaseResult {
  const { method, scheme = "", role = "subject", status = "ok" } = recipe;
  const spec: CaseSpec = {
    suite: "c3d",
    model: "c3d",
    method,
    scheme,
    options: {},
    rate: recipe.rate ?? 1,
    device: role === "peer" ? "onnxruntime" : "host",
    threads: 2,
    seed: 1,
  };
  const base = {
    id: (0xc3d0000 + position).toString(16).padStart(12, "0"),
    spec,
    label: recipe.label ?? [method, scheme].join(" ").trim(),
    role,
    status,
    ...(recipe.reason === undefined ? {} : { reason: recipe.reason }),
    notes: recipe.notes ?? [],
  };
  if (status === "skipped") return { ...base, layers: [] };
  const layers = layersOf(recipe);
  const dense = layersOf({ method: "dense" });
  const denseMs = sum(dense, (layer) => layer.microseconds!.value) / 1000;
  const macs = sum(layers, (layer) => layer.macs);
  const rate = sum(dense, (layer) => layer.macs) / macs;
  const ms = role === "peer"
    ? denseMs * recipe.overhead!
    : sum(layers, (layer) => layer.microseconds!.value) / 1000;
  const speedup = denseMs / ms;
  const direct = speedup * DIRECT;
  const peer = denseMs * 1.24 / ms;
  return {
    ...base,
    macs,
    rate,
    params: sum(layers, (layer) => layer.params),
    valueBytes: sum(layers, (layer) => layer.valueBytes),
    indexBytes: sum(layers, (layer) => layer.indexBytes),
    relativeError: recipe.relativeError ?? 2.3e-6,
    tolerance: 1e-4,
    ...(status === "ok"
      ? {
        latency: estimate(ms, 0.008),
        speedupDense: ratio(speedup, 0.012),
        speedupDirect: ratio(direct, 0.012),
        speedupPeer: ratio(peer, 0.014),
        ...((role === "subject" || role === "control") &&
          { efficiency: estimate(direct / rate, 0.012) }),
        spread: {
          samples: 150,
          min: ms * 0.98,
          mean: ms * 1.004,
          p5: ms * 0.985,
          p95: ms * 1.03,
          mad: ms * 0.006,
          madBetweenRounds: ms * 0.004,
          mildOutliers: 4,
          severeOutliers: 1,
          drift: 1.001,
        },
        load: estimate(41.5, 0.05),
        firstRun: estimate(ms * 1.3, 0.03),
        peakBytes: 512 * 2 ** 20,
        ...(role !== "peer" && { activationBytes: 38 * 2 ** 20 }),
      }
      : {}),
    // ONNX Runtime is timed as a whole.
    layers: role === "peer" ? [] : layers,
  };
}

const MANIFEST: Manifest = {
  schema: 1,
  run: "2026-11-21T10-20-30-c3d",
  machine: "xeon-8375c-2core",
  suite: "c3d",
  started: "2026-11-21T10:20:30Z",
  finished: "2026-11-21T10:24:42Z",
  command: "deno task bench c3d --rate 3.6 --threads 2 --seed 1",
  input: "generated moving shapes (seed 1)",
  settings: { rounds: ROUNDS, samples: 15, rate: 3.6, threads: 2, quick: false },
  seeds: { weights: 1, input: 1, schedule: 7, bootstrap: 11 },
  environment: {
    cpu: "Intel Xeon Platinum 8375C",
    isa: "avx512",
    cores: "2",
    memory: "7.8 GiB",
    kernel: "Linux 6.1",
    governor: "unavailable: no cpufreq",
    compiler: "gcc 12.2.0",
    flags: "-O3 -ffp-contract=off",
    deno: "2.9.6",
    onnxruntime: "1.30.0",
    commit: "d2d61e5 (clean)",
  },
  warnings: [
    {
      code: "frequency-unknown",
      cause: "The clock frequency can neither be read nor fixed on this machine",
      remedy: "Run on a machine with cpufreq and set the governor to performance",
    },
    {
      code: "busy",
      cause: "Load average was 1.4 on 2 cores when the run began",
      remedy: "Stop other work and run again",
    },
  ],
};

/** The example run; every call gives a value of its own. */
export function exampleRun(): RunResult {
  return { manifest: structuredClone(MANIFEST), cases: RECIPES.map(caseOf), aaBand: BAND };
}
