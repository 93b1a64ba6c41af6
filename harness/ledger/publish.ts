/**
 * Puts the ledger beside the records that it is made of.
 *
 * @module
 */

import { join } from "node:path";
import { writeWhole } from "../records/run_files.ts";
import { LEDGER_FILE } from "../report/index_page.ts";
import type { JudgedLine } from "./judge.ts";
import { ledgerCsv } from "./ledger_csv.ts";
import { type LedgerPageOptions, renderLedgerPage } from "./page.ts";

/** Writes `ledger.csv` and `ledger.html` into the folder of results, each whole at any time. */
export async function writeLedger(
  results: string,
  lines: readonly JudgedLine[],
  options: LedgerPageOptions = {},
): Promise<{ readonly csv: string; readonly page: string }> {
  const paths = { csv: join(results, "ledger.csv"), page: join(results, LEDGER_FILE) };
  const page = await renderLedgerPage(lines, options);
  Deno.mkdirSync(results, { recursive: true });
  writeWhole(paths.csv, ledgerCsv(lines));
  writeWhole(paths.page, page);
  return paths;
}
