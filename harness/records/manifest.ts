/**
 * `manifest.json`: what a run was, on which machine, with which cases; the numbers are in the
 * CSV files beside it. Fields are defined once, and nothing else is accepted.
 *
 * @module
 */

import { SCHEMA_VERSION } from "./records.ts";
import type { CaseResult, Manifest } from "../result.ts";

/** A case without its numbers. */
export type StoredCase = Pick<
  CaseResult,
  "id" | "spec" | "label" | "role" | "status" | "reason" | "notes"
>;

/** What `manifest.json` holds. */
export interface StoredManifest extends Manifest {
  /** All cases of the run, in its order. */
  readonly cases: readonly StoredCase[];
}

/** One field of a record. */
export interface RecordField<Name extends string = string> {
  /** Key in the JSON object. */
  readonly name: Name;
  /** Kind of value: a string, a safe integer, an object or an array. */
  readonly type: "text" | "integer" | "record" | "list";
  /** Whether it may be missing. */
  readonly optional?: boolean;
}

/** One field of the manifest. */
export interface ManifestField extends RecordField<keyof StoredManifest> {
  /** What it means. */
  readonly description: string;
}

/** The fields of `manifest.json`, of which no other may stand there. */
export const MANIFEST_FIELDS: readonly ManifestField[] = [
  { name: "schema", type: "integer", description: "Version of the record formats." },
  { name: "run", type: "text", description: "Name of the run's folder." },
  { name: "machine", type: "text", description: "Name of the machine's folder." },
  { name: "suite", type: "text", description: "Suite that was run." },
  { name: "started", type: "text", description: "When the run began, ISO 8601, UTC." },
  { name: "finished", type: "text", optional: true, description: "When the last round ended." },
  { name: "command", type: "text", description: "The command that makes this run again." },
  { name: "input", type: "text", description: "What was fed to the network." },
  { name: "settings", type: "record", description: "Rounds, blocks, warm-up and other settings." },
  { name: "seeds", type: "record", description: "One named seed per random thing." },
  { name: "environment", type: "record", description: "The machine and the tools." },
  {
    name: "warnings",
    type: "list",
    description: "What could have spoilt the run: code, cause, remedy.",
  },
  {
    name: "cases",
    type: "list",
    description: "The cases: id, definition, label, role, status, notes.",
  },
];

/**
 * Reads a manifest.
 *
 * @param name What error messages call the text, e.g. its path.
 * @throws {SyntaxError} when it is no JSON, of another schema version, or has missing, wrong or
 * unknown fields.
 */
export function parseManifest(text: string, name: string): StoredManifest {
  const value = parseVersioned(text, name);
  const unknown = Object.keys(value).find((key) => !MANIFEST_FIELDS.some((f) => f.name === key));
  if (unknown !== undefined) {
    throw new SyntaxError(`Cannot read "${name}" as it must not have a field "${unknown}"`);
  }
  requireFields(value, MANIFEST_FIELDS, name);
  return value as unknown as StoredManifest;
}

/**
 * Requires of a record that its fields are there, each of its type.
 *
 * @throws {SyntaxError} when one is not; the message calls the record `name`.
 */
export function requireFields(
  record: Readonly<Record<string, unknown>>,
  fields: readonly RecordField[],
  name: string,
): void {
  for (const field of fields) {
    const type = typeOf(record[field.name]);
    if (type === field.type || (field.optional && type === "undefined")) continue;
    throw new SyntaxError(
      `Cannot read "${name}" as "${field.name}" must be of type ${field.type}: ` +
        `current value is ${JSON.stringify(record[field.name])}`,
    );
  }
}

/**
 * Reads a JSON object that carries the schema version.
 *
 * @throws {SyntaxError} when it is no JSON object or of another version.
 */
export function parseVersioned(text: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${name}" as it is no JSON`, { cause });
  }
  if (typeOf(value) !== "record") {
    throw new SyntaxError(`Cannot read "${name}" as it must hold an object`);
  }
  const record = value as Record<string, unknown>;
  if (record.schema !== SCHEMA_VERSION) {
    throw new SyntaxError(
      `Cannot read "${name}" as "schema" must be ${SCHEMA_VERSION}: ` +
        `current value is ${JSON.stringify(record.schema)}`,
    );
  }
  return record;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "text";
  if (Number.isSafeInteger(value)) return "integer";
  return typeof value === "object" && value !== null ? "record" : typeof value;
}
