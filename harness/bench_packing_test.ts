import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type Packing, PACKINGS } from "../kernels/plan/blocks.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import type { SuiteRow } from "../suites/suite.ts";
import { tinySuite } from "../suites/testing.ts";
import { resumeBench, startBench } from "./bench.ts";
import { SUMMARY_COLUMNS } from "./records/records.ts";
import { fromCsv } from "./records/schema.ts";
import { readRun } from "./records/store.ts";
import type { CaseResult } from "./result.ts";
import { interrupted, SCRIPTED, tinyCases, tinySettings } from "./testdata/tiny_run.ts";

/** Sparse enough that no layer takes its dense form. */
const change = { packings: PACKINGS, rate: 4 };

Deno.test("a compressed row stands once for each packing, others once, and hashes stay what they were", () => {
  const usual = tinyCases(["rt3d", "tucker"]), packed = tinyCases(["rt3d", "tucker"], change);
  const labels = (cases: typeof usual, rows: (role: string) => boolean) =>
    cases.filter(({ role }) => rows(role)).map(({ spec }) => `${spec.method} ${spec.scheme}`);
  const others = (role: string) => role !== "subject" && role !== "control";
  assertEquals(labels(packed, others), labels(usual, others));
  for (const { spec } of usual.filter(({ role }) => role === "subject")) {
    const same = packed.filter((one) => one.spec.scheme === spec.scheme);
    assertEquals(same.map((one) => one.spec.packing ?? "full"), [...PACKINGS]);
    assertEquals(same.map(({ role }) => role), ["subject", "control", "control", "control"]);
    assertEquals(same[0].spec, { ...spec, rate: 4 });
  }
  const full: readonly Packing[] = ["full"];
  assertEquals(tinyCases(["rt3d"], { packings: full }), tinyCases(["rt3d"]));
});

/** The rows of a run by what was left out. */
function byPacking(cases: readonly CaseResult[], method: string) {
  const rows = cases.filter(({ spec }) => spec.method === method);
  assertEquals(rows.length, PACKINGS.length);
  const of = (packing: Packing) => rows.find(({ spec }) => (spec.packing ?? "full") === packing)!;
  return { full: of("full"), given: of("as-given"), own: of("own-lists"), csr: of("csr") };
}

/** Prunes the same columns of all filters, so that all rows share their lists. */
const COLUMN: SuiteRow = { method: "column", scheme: "", options: {}, role: "control" };

Deno.test("packings differ in their index alone, are told of in notes, and a run of them is resumed", async () => {
  await withFolder(async (out) => {
    const rows = [
      ...tinySuite.rows.filter(({ method, role }) =>
        role === "baseline" || ["yolobile", "tucker"].includes(method)
      ),
      COLUMN,
    ];
    const settings = tinySettings(out, [], { ...change, rows });
    const first = await startBench(settings, interrupted((_, round) => round === 1));
    assert(first.interrupted);
    const openSuite = () => Promise.resolve(tinySuite);
    const { run, folder } = await resumeBench(first.folder, { ...SCRIPTED, openSuite });
    assertEquals(readRun(folder), run);
    assertEquals(run.manifest.settings.packings, "full, as-given, own-lists, csr");
    assertEquals(new Set(run.cases.map(({ status }) => status)), new Set(["ok"]));

    const punched = byPacking(run.cases, "yolobile"), column = byPacking(run.cases, "column");
    for (const { full, given, own, csr } of [punched, column]) {
      for (const row of [given, own, csr]) {
        assertEquals([row.macs, row.params, row.valueBytes], [
          full.macs,
          full.params,
          full.valueBytes,
        ]);
        assertEquals(row.layers.map(({ kind }) => kind), full.layers.map(({ kind }) => kind));
        assertGreater(row.latency?.value ?? 0, 0);
        assert(row.speedupDense && row.efficiency, row.label);
      }
      assertGreater(csr.indexBytes!, 2 * own.indexBytes!);
      const [note] = csr.notes.filter((text) => text.includes("compressed sparse rows"));
      const [, bytes] = /index of (\d+) bytes/.exec(note)!;
      assertGreater(Number(bytes), csr.indexBytes!);
    }
    // All rows of a layer share their lists, so it is sharing alone that saves.
    assertEquals(column.given.indexBytes, column.full.indexBytes);
    assertGreater(column.own.indexBytes!, column.full.indexBytes!);
    const factors = byPacking(run.cases, "tucker");
    assertMatch(factors.csr.notes.at(-1)!, /"csr" changes nothing, as no layer is stored sparse/);
    assertEquals(factors.csr.indexBytes, factors.full.indexBytes);

    const path = join(folder, "summary.csv");
    const summary = fromCsv(SUMMARY_COLUMNS, Deno.readTextFileSync(path), path);
    assertEquals(
      [...new Set(summary.filter(({ method }) => method === "yolobile").map((row) => row.scheme))],
      ["block-punched 8x4", ...PACKINGS.slice(1).map((name) => `block-punched 8x4, ${name}`)],
    );
  });
});
