/**
 * `deno task emulate MODEL.onnx|SUITE`: what a network does on an emulated phone, operator by
 * operator, and how far samples are from full counts.
 *
 * @module
 */

import type { Session } from "../devices/device.ts";
import { MODEL_FORMULA } from "../devices/emulation/model.ts";
import { type SamplingError, samplingErrors } from "../devices/emulation/sampling_error.ts";
import type { Quantity, Reading } from "../devices/reading.ts";
import { openDevice } from "../devices/registry.ts";
import {
  readSamplingErrors,
  SAMPLING_ERRORS_FILE,
  samplingErrorRows,
  writeSamplingErrors,
} from "../harness/records/sampling_errors.ts";
import { formatCount, formatMebibytes } from "../harness/report/format.ts";
import { type TextColumn, textTable } from "../harness/report/text_table.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { openSuite } from "../suites/own_model.ts";
import { type CommandContext, print, runCommand } from "./command.ts";
import { integerOf, listOf, onlyWord, readFlags, shapesOf, UsageError } from "./flags.ts";

const HELP = `deno task emulate MODEL.onnx|SUITE [--device snapdragon-865] [--threads 1]

Runs a network once on an emulated phone and tells, for each operator, the instructions, what the
caches missed, what came from memory, and time and energy by a model. None of it is a latency. All
layers of C3D take some minutes.

  --device ID       an emulated device (default snapdragon-865): deno task bench --list names them
  --threads N       cores at work (default 1)
  --sample N        count about N units of work of each operator, and scale them
  --errors N,N      count all, then samples of these sizes: how far off are they?
  --out DIR         with --errors: put them into DIR/${SAMPLING_ERRORS_FILE} as well
  --direct          the kernels that sparse layers run on for all layers
  --shape NAME=1x3x224x224
                    shape of an input of the model, where the file leaves it open
  --weights FILE    ONNX file whose weights a suite's network takes
  --json            print all readings as JSON
  --help            this text
`;

/** What errors are told of. */
const ESTIMATED: readonly Quantity[] = [
  "instructions",
  "l1d-misses",
  "llc-misses",
  "dram-read",
  "cycles",
  "energy",
];

/** Does what a command line asks for; gives the exit code. */
export function emulateTask(args: string[]): Promise<number> {
  return runCommand(async (context) => {
    const flags = readFlags(args, {
      values: ["device", "threads", "sample", "errors", "out", "weights"],
      switches: ["direct", "json", "help"],
      lists: ["shape"],
      alias: { help: "h" },
    });
    if (flags.help) return print(HELP);
    const name = onlyWord(flags._, "one model or suite must be named");
    const { device: id = "snapdragon-865", weights } = flags, shapes = shapesOf(flags.shape);
    const threads = integerOf("threads", flags.threads ?? "1", 1);
    const sample = integerOf("sample", flags.sample ?? "0", 0);
    const sizes = flags.errors && listOf("errors", flags.errors)
      .map((size) => integerOf("errors", size, 1));
    if (sizes && sample) throw new UsageError("Cannot run with both --sample and --errors");
    if (flags.out !== undefined && !sizes) {
      throw new UsageError("Cannot use --out without --errors");
    }
    // A file that is something else is refused before the work.
    if (flags.out !== undefined) readSamplingErrors(flags.out);
    const suite = await openSuite(name, {
      ...(weights !== undefined && { weights }),
      ...(shapes && { shapes }),
    });
    await using device = await openDevice(
      id,
      (label) => context.progress.show({ label, fraction: 0 }),
    );
    const path = await Deno.makeTempFile({ suffix: ".plan" });
    try {
      await writePlan(lower(suite.buildModel(1), { winograd: !flags.direct }), path);
      await using session = await device.load({ kind: "plan", path }, { threads });
      if (!session.count) {
        throw new UsageError(`Cannot run as --device must be emulated: current value is "${id}"`);
      }
      const readings = await count(session, sample, context);
      if (!sizes) return print(flags.json ? JSON.stringify(readings, null, 2) : render(readings));
      const errors = [];
      for (const size of sizes) {
        const estimates = await count(session, size, context);
        errors.push({ size, errors: samplingErrors(readings, estimates, ESTIMATED) });
      }
      if (flags.out !== undefined) {
        const kernels = flags.direct ? "direct" as const : "default" as const;
        const rows = errors.flatMap(({ size: sample, errors }) =>
          samplingErrorRows({ suite: suite.id, device: id, threads, kernels, sample }, errors)
        );
        console.error(`errors  ${writeSamplingErrors(flags.out, rows)}`);
      }
      return print(
        flags.json ? JSON.stringify(errors, null, 2) : errors.map(renderErrors).join("\n\n"),
      );
    } finally {
      await Deno.remove(path);
    }
  });
}

function count(
  session: Session,
  sample: number,
  { signal, progress }: CommandContext,
): Promise<readonly Reading[]> {
  const label = sample ? `counting a sample of ${sample} units` : "counting";
  const onProgress = (fraction: number) => progress.show({ label, fraction });
  return session.count!({ sample, signal, onProgress }).finally(() => progress.clear());
}

/** Readings of one operator, or of the whole, by quantity. */
type Row = ReadonlyMap<Quantity | "operator", string | number>;

function render(readings: readonly Reading[]): string {
  const rows = [...Map.groupBy(readings, ({ operator }) => operator)].map(([name, group]): Row =>
    new Map<Quantity | "operator", string | number>([
      ["operator", name ?? "all"],
      ...group.flatMap(({ quantity, value }): [Quantity, number][] =>
        value === undefined ? [] : [[quantity, value]]
      ),
    ])
  );
  const column = (
    title: string,
    quantity: Quantity,
    text: (value: number) => string,
  ): TextColumn<Row> => ({
    title,
    align: "right",
    cell: (row) => row.has(quantity) ? text(Number(row.get(quantity))) : "–",
  });
  const share = (row: Row) =>
    Number(row.get("instructions-vector")) / Number(row.get("instructions"));
  const table = textTable<Row>([
    { title: "operator", cell: (row) => String(row.get("operator")) },
    column("instructions", "instructions", formatCount),
    { title: "vector", align: "right", cell: (row) => `${Math.round(100 * share(row))} %` },
    column("L1D accesses", "l1d-accesses", formatCount),
    column("misses", "l1d-misses", formatCount),
    column("L2", "l2-misses", formatCount),
    column("L3", "l3-misses", formatCount),
    column("last", "llc-misses", formatCount),
    column("DRAM read MiB", "dram-read", formatMebibytes),
    column("written", "dram-written", formatMebibytes),
    column("model: cycles", "cycles", formatCount),
    column("ms", "time", (seconds) => (seconds * 1e3).toFixed(2)),
    column("mJ", "energy", (joules) => (joules * 1e3).toFixed(2)),
  ], rows);
  const { origin } = readings.find(({ operator }) => operator === undefined)!;
  return `${origin}\n\n${table}\n\nTimes are modelled, no latencies:\n\n${MODEL_FORMULA}`;
}

function renderErrors(
  { size, errors }: { readonly size: number; readonly errors: readonly SamplingError[] },
): string {
  const rows = [...Map.groupBy(errors, ({ operator }) => operator)];
  const table = textTable<typeof rows[number]>([
    { title: "operator", cell: ([operator]) => operator ?? "all" },
    ...ESTIMATED.map((quantity): TextColumn<typeof rows[number]> => ({
      title: quantity,
      align: "right",
      cell: ([, group]) => {
        const error = group.find((one) => one.quantity === quantity)?.error;
        return error === undefined ? "–" : `${error < 0 ? "" : "+"}${(100 * error).toFixed(2)} %`;
      },
    })),
  ], rows);
  return `Samples of ${size} units, against all units:\n\n${table}`;
}

if (import.meta.main) Deno.exit(await emulateTask(Deno.args));
