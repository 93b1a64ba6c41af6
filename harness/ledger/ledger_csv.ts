/**
 * `results/ledger.csv`: the ledger as a table, a row for each number and one for each value without any.
 *
 * @module
 */

import { PAPERS } from "../../suites/claims/published.ts";
import { type Column, describeColumns, type Row, toCsv } from "../records/schema.ts";
import type { JudgedFinding, JudgedLine } from "./judge.ts";
import { MEANINGS, VERDICTS } from "./verdict.ts";

/** Columns of `ledger.csv`. */
export const LEDGER_COLUMNS = [
  { name: "id", type: "text", description: "Published value; see `suites/claims/published.csv`." },
  { name: "paper", type: "text", values: PAPERS, description: "Paper that states it." },
  { name: "claim", type: "text", description: "What is stated, in words." },
  { name: "metric", type: "text", description: "What the published value is of." },
  { name: "model", type: "text", description: "Network." },
  { name: "dataset", type: "text", description: "Data set." },
  { name: "config", type: "text", description: "Under which conditions." },
  { name: "published", type: "text", description: "The value as it was printed." },
  { name: "published_unit", type: "text", description: "Its unit." },
  { name: "reference", type: "text", description: "Where it was read." },
  { name: "verdict", type: "text", values: VERDICTS, description: "What the numbers say of it." },
  {
    name: "remark",
    type: "text",
    description: "Why it is not decided, not run or out of reach; what Kerf does, for a setting.",
  },
  { name: "note", type: "text", description: "What a reader must know besides." },
  { name: "finding", type: "text", description: "What our number is, in words." },
  { name: "value", type: "number", optional: true, description: "Our number." },
  {
    name: "low",
    type: "number",
    optional: true,
    description: "Lower end of its interval, of times with the noise of the run.",
  },
  { name: "high", type: "number", optional: true, description: "Upper end." },
  { name: "unit", type: "text", description: "Unit of value, low and high; `×` for ratios." },
  {
    name: "source",
    type: "text",
    optional: true,
    values: ["measured", "emulated", "modelled", "derived", "published"],
    description: "Where our number comes from.",
  },
  {
    name: "repeats",
    type: "integer",
    optional: true,
    description: "Rounds or seeds behind it; empty for what is the same each time.",
  },
  {
    name: "repeats_of",
    type: "text",
    optional: true,
    values: ["rounds", "seeds"],
    description: "What is repeated.",
  },
  { name: "rule", type: "text", description: "What it had to be; declared before." },
  {
    name: "number_verdict",
    type: "text",
    optional: true,
    values: VERDICTS,
    description: "What it says by itself.",
  },
  { name: "record", type: "text", description: "Folder of the record in the results." },
  { name: "commands", type: "text", description: "What makes the numbers again, one in a line." },
] as const satisfies readonly Column[];

/** A row of `ledger.csv`. */
export type LedgerRow = Row<typeof LEDGER_COLUMNS>;

/** The ledger as CSV. */
export function ledgerCsv(lines: readonly JudgedLine[]): string {
  return toCsv(LEDGER_COLUMNS, lines.flatMap(rowsOf));
}

/** The table as part of the reference of all formats. */
export function ledgerReference(): string {
  const meanings = VERDICTS.map((verdict) => `| \`${verdict}\` | ${MEANINGS[verdict]} |`);
  return [
    "## ledger.csv",
    "In the folder of results, made by `deno task reproduce`: a row for each number, and one for each " +
    "published value without any.",
    describeColumns(LEDGER_COLUMNS),
    "### Verdicts",
    ["| verdict | meaning |", "| --- | --- |", ...meanings, ""].join("\n"),
  ].join("\n\n");
}

function rowsOf({ published, verdict, remark, note, findings, commands }: JudgedLine): LedgerRow[] {
  const { id, paper, claim, metric, model, dataset, config, value, unit, source } = published;
  const line = {
    ...{ id, paper, claim, metric, model, dataset, config },
    ...{ published: value, published_unit: unit, reference: source },
    ...{ verdict, remark, note, commands: commands.join("\n") },
  };
  if (findings.length > 0) return findings.map((finding) => ({ ...line, ...numberOf(finding) }));
  return [{ ...line, finding: "", unit: "", rule: "", record: "" }];
}

function numberOf(finding: JudgedFinding) {
  const { what, value, low, high, unit, source, repeats, rule, judgement, record = "" } = finding;
  return {
    finding: what,
    value,
    ...(low !== undefined && high !== undefined && { low, high }),
    unit,
    source,
    ...(repeats && { repeats: repeats.count, repeats_of: repeats.of }),
    rule: rule.statement,
    number_verdict: judgement.verdict,
    record,
  };
}
