/**
 * A made-up run of a small network on two emulated phones, with nothing timed: dense, dense direct, a
 * factorised and a sparse row, and one that was skipped.
 *
 * @module
 */

import type { Quantity } from "../../../devices/reading.ts";
import type { CaseResult, LayerResult, ReadingResult, RunResult } from "../../result.ts";
import { exampleRun } from "./example_run.ts";

/** Ids of the devices. */
export const PHONES = ["snapdragon-865", "exynos-7420"] as const;
/** Why the second one has no third cache. */
export const NO_L3 = "Samsung Exynos 7420 has no third cache";

/** An operator: name, layer, kind, MACs, misses of the first cache; others follow from these. */
type Operator = readonly [name: string, layer: string, kind: string, macs: number, misses: number];

const CONV = "convolution", FC = "fully_connected";

/** The operators of each row. Paddings of a layer share one name, as the runtime's may. */
const OPERATORS = {
  dense: [
    ["conv1", "conv1", CONV, 8000, 40],
    ["pool1", "pool1", "pool", 0, 10],
    ["conv2/group 0", "conv2", CONV, 30_000, 60],
    ["conv2/group 1", "conv2", CONV, 30_000, 60],
    ["fc3", "fc3", FC, 1000, 500],
  ],
  direct: [
    ["conv1/padding", "conv1", "clear", 0, 5],
    ["conv1/padding", "conv1", "clear", 0, 7],
    ["conv1", "conv1", CONV, 8000, 48],
    ["pool1", "pool1", "pool", 0, 10],
    ["conv2/group 0", "conv2", CONV, 30_000, 120],
    ["conv2/group 1", "conv2", CONV, 30_000, 120],
    ["fc3", "fc3", FC, 1000, 500],
  ],
  tucker: [
    ["conv1", "conv1", CONV, 8000, 40],
    ["pool1", "pool1", "pool", 0, 10],
    ["conv2/in/group 0", "conv2", CONV, 1000, 15],
    ["conv2/in/group 1", "conv2", CONV, 1000, 15],
    ["conv2/core/padding", "conv2", "clear", 0, 2],
    ["conv2/core/group 0", "conv2", CONV, 5000, 9],
    ["conv2/core/group 1", "conv2", CONV, 5000, 9],
    ["conv2/out", "conv2", CONV, 2000, 30],
    ["fc3/in", "fc3", FC, 200, 100],
    ["fc3/out", "fc3", FC, 100, 50],
  ],
  sparse: [
    ["conv1", "conv1", CONV, 4000, 30],
    ["pool1", "pool1", "pool", 0, 10],
    ["conv2/group 0", "conv2", CONV, 15_000, 45],
    ["conv2/group 1", "conv2", CONV, 15_000, 45],
    ["fc3", "fc3", FC, 1000, 500],
  ],
} as const satisfies Readonly<Record<string, readonly Operator[]>>;

/** What an operator has of each quantity: multiples of its misses, so that sums can be worked out. */
const PER_MISS: readonly (readonly [Quantity, number])[] = [
  ["instructions", 1000],
  ["instructions-vector", 400],
  ["instructions-other", 600],
  ["l1d-accesses", 300],
  ["l1d-misses", 1],
  ["l2-misses", 0.5],
  ["l3-misses", 0.25],
  ["llc-misses", 0.25],
  ["dram-read", 16],
  ["dram-written", 4],
  ["cycles", 2000],
  ["energy", 1e-6],
];
const MODELLED: readonly Quantity[] = ["cycles", "energy"];

function readingsOf(
  name: string,
  misses: number,
  l3: boolean,
): readonly (ReadingResult & { readonly operator: string })[] {
  return PER_MISS.filter(([quantity]) => l3 || quantity !== "l3-misses").map((
    [quantity, each],
  ) => ({
    quantity,
    operator: name,
    source: MODELLED.includes(quantity) ? "modelled" : "emulated",
    value: { value: each * misses, rounds: 1 },
    origin: "QEMU",
  }));
}

/** Readings by operator, those of one name as one, then of the whole call. */
function told(operators: readonly Operator[], l3: boolean): ReadingResult[] {
  const misses = Map.groupBy(operators, ([name]) => name);
  const sum = (all: readonly Operator[]) => all.reduce((total, one) => total + one[4], 0);
  return [
    ...[...misses].flatMap(([name, own]) => readingsOf(name, sum(own), l3)),
    ...readingsOf("", sum(operators), l3).map(({ operator: _, ...whole }) => whole),
    ...(l3 ? [] : [{ quantity: "l3-misses", source: "emulated", unavailable: NO_L3 } as const]),
  ];
}

const ROWS: readonly (
  & { readonly operators?: readonly Operator[]; readonly method: string; readonly scheme?: string }
  & Partial<Pick<CaseResult, "role" | "reason" | "label">>
)[] = [
  { operators: OPERATORS.dense, method: "dense", role: "baseline" },
  { operators: OPERATORS.direct, method: "dense", scheme: "direct", role: "direct" },
  { operators: OPERATORS.dense, method: "dense", label: "dense", role: "A/A" },
  { operators: OPERATORS.tucker, method: "tucker", scheme: "tucker-2 + svd" },
  { operators: OPERATORS.sparse, method: "rt3d", scheme: "kgs 8x4" },
  { method: "rt3d", scheme: "filter", reason: "the rate must be at most 2" },
];

/** The example; every call gives a value of its own. */
export function countedRun(): RunResult {
  const { manifest } = exampleRun();
  const cases = PHONES.flatMap((device, place) =>
    ROWS.map((row, i): CaseResult => {
      const { method, scheme = "", role = "subject", operators = [], reason } = row;
      const spec = {
        suite: "small",
        model: "small",
        method,
        scheme,
        options: {},
        rate: 2,
        seed: 1,
      };
      const macs = operators.reduce((sum, [, , , own]) => sum + own, 0);
      return {
        id: (16 * (place + 1) + i).toString(16).padStart(12, "0"),
        spec: { ...spec, device, threads: 1 },
        label: row.label ?? [method, scheme].join(" ").trim(),
        role,
        status: reason === undefined ? "ok" : "skipped",
        ...(reason !== undefined && { reason }),
        notes: [],
        layers: operators.map(([operator, layer, kind, macs]): LayerResult => ({
          ...{ layer, operator, kind, macs, params: macs / 10, valueBytes: 0, indexBytes: 0 },
          decision: "",
        })),
        ...(operators.length > 0 && {
          ...{ macs, rate: 69_000 / macs, params: macs / 10, valueBytes: macs, indexBytes: 0 },
          readings: told(operators, place === 0),
        }),
      };
    })
  );
  return { manifest: { ...manifest, suite: "small" }, cases };
}
