/**
 * What a run leaves on disk: the columns of its CSV files. From these definitions come the
 * headers, the validation and the reference in the documentation.
 *
 * @module
 */

import { METRICS } from "./metrics.ts";
import { QUANTITIES } from "../../devices/reading.ts";
import { CASE_COLUMNS } from "./case_columns.ts";
import { LAYER_READING_COLUMNS } from "./layer_readings.ts";
import { SAMPLING_ERROR_COLUMNS } from "./sampling_errors.ts";
import { type Column, describeColumns, type Row } from "./schema.ts";
import { CONDITION_COLUMNS, POWER_COLUMNS, READING_COLUMNS } from "./told.ts";

/** Version of all record formats; readers refuse any other. */
export const SCHEMA_VERSION = 1;

/** `samples.csv`: every time that was taken, in measured order, nothing removed. */
export const SAMPLE_COLUMNS = [
  { name: "case", type: "text", description: "Content hash of the case, 12 hex digits." },
  { name: "round", type: "integer", description: "Round, a fresh process, from 0." },
  {
    name: "block",
    type: "integer",
    optional: true,
    description: "Block of the round, from 0; each block visits every case once. " +
      "Empty for what happens once per round.",
  },
  {
    name: "order",
    type: "integer",
    optional: true,
    description: "Place of the visit in the shuffled order of its block, from 0.",
  },
  { name: "sample", type: "integer", description: "Call within the visit and phase, from 0." },
  { name: "warmup", type: "integer", description: "1 for calls that warm up, 0 otherwise." },
  {
    name: "phase",
    type: "text",
    values: ["load", "first_run", "warmup", "steady", "layer"],
    description: "What was timed: loading the program, its first call, a warm-up call, a timed " +
      "call, or one operator of a further call.",
  },
  {
    name: "operator",
    type: "text",
    optional: true,
    description: "Operator of the program, for phase `layer`.",
  },
  { name: "ns", type: "number", unit: "ns", description: "Time, as the device measured it." },
] as const satisfies readonly Column[];

/** A row of `samples.csv`. */
export type SampleRow = Row<typeof SAMPLE_COLUMNS>;

/** `summary.csv`: one row per case and metric. */
export const SUMMARY_COLUMNS = [
  ...CASE_COLUMNS,
  { name: "label", type: "text", description: "Name of the case for people." },
  {
    name: "role",
    type: "text",
    values: ["baseline", "direct", "peer", "A/A", "control", "subject"],
    description: "Part that the case plays in the comparison; `direct` is the baseline by direct " +
      "convolutions alone, `A/A` is the baseline once more.",
  },
  { name: "suite", type: "text", description: "Suite that the case belongs to." },
  { name: "model", type: "text", description: "Network that was compressed." },
  { name: "method", type: "text", description: "Compressor, or a peer engine." },
  {
    name: "scheme",
    type: "text",
    description: "Scheme and block, and what packing leaves out; empty when there is none.",
  },
  {
    name: "target_rate",
    type: "number",
    description: "Reduction of MACs asked for, dense ÷ kept.",
  },
  { name: "device", type: "text", description: "Where the case ran." },
  { name: "threads", type: "integer", description: "Worker threads." },
  { name: "seed", type: "integer", description: "Seed of the compression." },
  {
    name: "metric",
    type: "text",
    values: METRICS.map((metric): string => metric.name),
    description: "What the value is; see the table of metrics.",
  },
  {
    name: "value",
    type: "number",
    optional: true,
    description: "The value, in `unit`; empty when there is none, with the reason beside it.",
  },
  {
    name: "unit",
    type: "text",
    description: "Unit of value, low and high; `1` for ratios and counts.",
  },
  { name: "low", type: "number", optional: true, description: "Lower end of the interval." },
  { name: "high", type: "number", optional: true, description: "Upper end of the interval." },
  {
    name: "level",
    type: "number",
    optional: true,
    description: "Confidence level of the interval; empty when there were too few rounds for one.",
  },
  { name: "rounds", type: "integer", optional: true, description: "Rounds behind an estimate." },
  {
    name: "verdict",
    type: "text",
    optional: true,
    values: ["faster", "slower", "none shown"],
    description: "For ratios: whether the interval clears the A/A band of the run.",
  },
  {
    name: "source",
    type: "text",
    values: ["measured", "emulated", "modelled", "derived", "published"],
    description: "Where the number comes from.",
  },
  {
    name: "status",
    type: "text",
    values: ["ok", "invalid", "skipped", "failed", "interrupted", "unavailable"],
    description: "How the case ended, or `unavailable` for a value that an `ok` case lacks.",
  },
  { name: "reason", type: "text", description: "Why the status is not `ok`." },
] as const satisfies readonly Column[];

/** A row of `summary.csv`. */
export type SummaryRow = Row<typeof SUMMARY_COLUMNS>;

/** `layers.csv`: one row per case and operator. */
export const LAYER_COLUMNS = [
  ...CASE_COLUMNS,
  { name: "label", type: "text", description: "Name of the case for people." },
  { name: "layer", type: "text", description: "Layer of the dense model." },
  { name: "operator", type: "text", description: "Operator of the program that came of it." },
  { name: "kind", type: "text", description: "Kind of the operator." },
  { name: "macs", type: "number", unit: "MAC", description: "Multiply-accumulates in one call." },
  { name: "params", type: "number", description: "Stored weights." },
  { name: "value_bytes", type: "number", unit: "B", description: "Bytes of stored weight values." },
  { name: "index_bytes", type: "number", unit: "B", description: "Bytes of stored indices." },
  { name: "decision", type: "text", description: "What the compressor decided for the layer." },
  {
    name: "microseconds",
    type: "number",
    unit: "µs",
    optional: true,
    description: "Median time in one call; empty when the device gives none.",
  },
  { name: "low", type: "number", unit: "µs", optional: true, description: "Lower end." },
  { name: "high", type: "number", unit: "µs", optional: true, description: "Upper end." },
  {
    name: "level",
    type: "number",
    optional: true,
    description: "Confidence level of the interval.",
  },
  { name: "rounds", type: "integer", optional: true, description: "Rounds behind the time." },
] as const satisfies readonly Column[];

/** A row of `layers.csv`. */
export type LayerRow = Row<typeof LAYER_COLUMNS>;

/** The record formats as a Markdown page, made from the definitions above. */
export function recordsReference(): string {
  const metrics = METRICS.map(({ name, unit, source, description }) =>
    `| \`${name}\` | ${unit} | ${source} | ${description} |`
  );
  const quantities = Object.entries(QUANTITIES).map(([name, { unit, description }]) =>
    `| \`${name}\` | ${unit} | ${description} |`
  );
  return [
    "# Record formats",
    `Schema version ${SCHEMA_VERSION}; readers refuse any other. A value that cannot be had is an ` +
    "empty cell with a status and a reason, never 0.",
    "Records tell of no person, address or serial number. A board, a phone or an engine of one's own " +
    "is called by what it is and a short hash: `ssh:raspberry-pi-4-model-b-1f09c2#big` by its model, " +
    "the hash of its address and its cluster, `peer:my-engine-ba7816` by its name and the hash of its " +
    "file. Of paths in commands and messages the last name stands. Only `progress.json` of a run " +
    "that is not finished, which is not published, has the address, to go on there.",
    "## samples.csv",
    describeColumns(SAMPLE_COLUMNS),
    "## summary.csv",
    describeColumns(SUMMARY_COLUMNS),
    "### Metrics",
    ["| metric | unit | source | meaning |", "| --- | --- | --- | --- |", ...metrics, ""].join(
      "\n",
    ),
    "## layers.csv",
    describeColumns(LAYER_COLUMNS),
    "## readings.csv",
    "Only of runs with `--readings`, or on devices that count.",
    describeColumns(READING_COLUMNS),
    "### Quantities",
    ["| quantity | unit | meaning |", "| --- | --- | --- |", ...quantities, ""].join("\n"),
    "## layer_readings.csv",
    "`readings.csv` added up by layer and factor, made with the page. Only where a device told of " +
    "single operators. The classes of instructions and the modelled time are in `readings.csv` alone.",
    describeColumns(LAYER_READING_COLUMNS),
    "## power.csv",
    "Only where the device has sensors of power.",
    describeColumns(POWER_COLUMNS),
    "## conditions.csv",
    "Only where the device tells temperatures or clocks.",
    describeColumns(CONDITION_COLUMNS),
    "## sampling-errors.csv",
    "Written by `deno task emulate MODEL --errors N,N --out DIR`: how far samples are from full " +
    "counts. Rows of other runs are kept.",
    describeColumns(SAMPLING_ERROR_COLUMNS),
  ].join("\n\n");
}
