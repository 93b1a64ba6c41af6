/**
 * Records of an experiment as JSON text. Everything that readers rely on is checked when it is read, so
 * that a damaged file is an error that names it, and never a wrong number.
 *
 * @module
 */

import { fromNumberJson, toNumberJson } from "../../training/number_json.ts";
import { parseVersioned } from "../records/manifest.ts";
import { cellId, type CellRecord, type ExperimentManifest } from "./records.ts";

/** Kind of a value; `?` when it may be missing. */
type Kind = "text" | "number" | "record" | "list" | "numbers";
type Fields = { readonly [name: string]: Kind | `${Kind}?` };

const RECORD: Fields = {
  id: "text",
  spec: "record",
  label: "text",
  status: "text",
  reason: "text?",
  result: "record?",
  finished: "text",
  environment: "record",
};

const SPEC: Fields = {
  experiment: "text",
  scale: "text",
  part: "text",
  cell: "text",
  method: "text",
  options: "record",
  target: "record",
  seed: "number",
  setting: "record",
};

const RESULT: Fields = {
  metrics: "numbers",
  cutMetrics: "numbers?",
  denseMacs: "number",
  macs: "number",
  denseParams: "number",
  params: "number",
  valueBytes: "number",
  indexBytes: "number",
  spent: "numbers",
  layers: "list",
  notes: "list",
  traces: "list",
  stages: "list",
};

const SPENT: Fields = {
  epochs: "number",
  trainingMacs: "number",
  seconds: "number",
  evaluations: "number",
};

const LAYER: Fields = {
  layer: "text",
  decision: "text",
  denseMacs: "number",
  macs: "number",
  denseParams: "number",
  params: "number",
  rate: "number",
  reason: "text?",
};

const TRACE: Fields = {
  id: "text",
  title: "text",
  columns: "list",
  rows: "list",
  chart: "record?",
};

const STAGE: Fields = { name: "text", before: "numbers", epochs: "list" };

const EPOCH: Fields = {
  epoch: "number",
  step: "number",
  rate: "number",
  loss: "number",
  penalty: "number",
  metrics: "numbers",
  trainSeconds: "number",
  evaluationSeconds: "number",
};

const MANIFEST: Fields = {
  id: "text",
  title: "text",
  scale: "text",
  machine: "text",
  command: "text",
  started: "text",
  finished: "text?",
  environment: "record",
  parts: "list",
  cells: "list",
  latency: "record",
  timed: "record?",
  timing: "record?",
};

const PART: Fields = {
  id: "text",
  title: "text",
  network: "text",
  data: "text",
  settings: "record",
  cells: "list?",
  labels: "record?",
  skipped: "text?",
};

const TIMING: Fields = { cells: "text", folder: "text" };

/** A record as JSON text on one line; training that went astray leaves numbers that JSON has not. */
export function cellJson(record: CellRecord): string {
  return toNumberJson(record) + "\n";
}

/** A manifest as JSON text. */
export function manifestJson(manifest: ExperimentManifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}

/**
 * Reads a record.
 *
 * @param name What error messages call the text, e.g. its path.
 * @throws {SyntaxError} when it is no JSON, of another schema version, lacks something, or its
 *   specification is not the one that its id is of.
 */
export function parseCell(text: string, name: string): CellRecord {
  const value = fromNumberJson(JSON.stringify(parseVersioned(text, name))) as Json;
  check(value, RECORD, name, "");
  check(value.spec, SPEC, name, "spec.");
  const record = value as unknown as CellRecord;
  const { id, spec, status, reason, result } = record;
  if (!["ok", "skipped", "failed"].includes(status)) {
    throw refusal(name, "status", `must be "ok", "skipped" or "failed"`, status);
  }
  if (id !== cellId(spec)) throw refusal(name, "id", `must be ${cellId(spec)}, of "spec"`, id);
  if (status !== "ok") {
    if (!reason) throw refusal(name, "reason", `must be given for status ${status}`, reason);
    return record;
  }
  if (!result) throw refusal(name, "result", "must be given for status ok", result);
  checkResult(value.result as Json, name);
  return record;
}

function checkResult(result: Json, name: string): void {
  check(result, RESULT, name, "result.");
  check(result.spent, SPENT, name, "result.spent.");
  checkItems(result, "layers", LAYER, name);
  checkItems(result, "traces", TRACE, name);
  checkItems(result, "stages", STAGE, name);
  (result.stages as Json[]).forEach((stage, at) =>
    checkItems(stage, "epochs", EPOCH, name, `result.stages[${at}].`)
  );
}

/**
 * Reads a manifest.
 *
 * @param name What error messages call the text, e.g. its path.
 * @throws {SyntaxError} when it is no JSON, of another schema version or lacks something.
 */
export function parseManifest(text: string, name: string): ExperimentManifest {
  const value = parseVersioned(text, name);
  check(value, MANIFEST, name, "");
  checkItems(value, "parts", PART, name, "");
  for (const [part, one] of Object.entries(value.timing ?? {})) {
    check(one, TIMING, name, `timing.${part}.`);
  }
  return value as unknown as ExperimentManifest;
}

type Json = Readonly<Record<string, unknown>>;

function checkItems(
  parent: Json,
  field: string,
  fields: Fields,
  name: string,
  path = "result.",
): void {
  (parent[field] as unknown[]).forEach((item, at) =>
    check(item, fields, name, `${path}${field}[${at}].`)
  );
}

function check(value: unknown, fields: Fields, name: string, path: string): void {
  if (!is(value, "record")) throw refusal(name, path.slice(0, -1), "must be an object", value);
  for (const [field, wanted] of Object.entries(fields)) {
    const found = (value as Json)[field];
    if (found === undefined && wanted.endsWith("?")) continue;
    const kind = wanted.replace("?", "") as Kind;
    if (!is(found, kind)) throw refusal(name, path + field, `must be of type ${kind}`, found);
  }
}

function is(value: unknown, kind: Kind): boolean {
  if (kind === "text") return typeof value === "string";
  if (kind === "number") return typeof value === "number";
  if (kind === "list") return Array.isArray(value);
  const record = typeof value === "object" && value !== null && !Array.isArray(value);
  if (kind === "record" || !record) return record;
  return Object.values(value).every((part) => typeof part === "number");
}

function refusal(name: string, field: string, expected: string, value: unknown): SyntaxError {
  return new SyntaxError(
    `Cannot read "${name}" as "${field}" ${expected}: current value is ${JSON.stringify(value)}`,
  );
}
