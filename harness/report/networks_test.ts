import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromCsv } from "../records/schema.ts";
import type { CaseResult, Ratio, RunResult } from "../result.ts";
import {
  judge,
  NETWORK_COLUMNS,
  networksCsv,
  networksPage,
  newestRuns,
  type StoredRun,
} from "./networks.ts";
import { exampleRun } from "./testdata/example_run.ts";
import { PHONE, toldRun } from "./testdata/told_run.ts";

/** A run of a suite that began, and ended, on a day of a month. */
function stored(suite: string, day: string, change: Partial<RunResult> = {}): StoredRun {
  const run = exampleRun();
  const started = `2026-03-${day}T00:00:00Z`;
  const manifest = { ...run.manifest, suite, started, finished: started };
  return { folder: `${day}-${suite}`, run: { ...run, manifest, ...change } };
}

const onThreads = (threads: number) =>
  exampleRun().cases.map((row) => ({ ...row, spec: { ...row.spec, threads } }));

function baseline(speedup: number): CaseResult {
  const [row] = exampleRun().cases;
  const speedupPeer: Ratio = { value: speedup, rounds: 8, verdict: "none shown" };
  return { ...row, speedupPeer };
}

Deno.test("the newest finished run of each network and thread count is shown", () => {
  const unfinished = stored("c3d", "09");
  const { finished: _, ...open } = unfinished.run.manifest;
  const look = exampleRun().cases.map((row): CaseResult =>
    row.latency ? { ...row, latency: { value: row.latency.value, rounds: 1 } } : row
  );
  const found = newestRuns([
    stored("c3d", "01", { cases: [...onThreads(1), ...onThreads(2)] }),
    stored("c3d", "03", { cases: onThreads(2) }),
    stored("c3d", "08", { cases: look }),
    stored("alexnet", "02"),
    { ...unfinished, run: { ...unfinished.run, manifest: open } },
  ]);
  assertEquals(found.map(({ network, threads, folder }) => [network, threads, folder]), [
    ["alexnet", 2, "02-alexnet"],
    ["c3d", 1, "01-c3d"],
    ["c3d", 2, "03-c3d"],
  ]);
  assert(found.every(({ rows }) => rows.every(({ role }) => role !== "A/A")));
});

Deno.test("the overview of a machine has no rows of other devices, and no run of those alone", () => {
  const { cases } = toldRun();
  const phone = cases.filter(({ spec }) => spec.device === PHONE);
  const found = newestRuns([stored("c3d", "01", { cases }), stored("c3d", "02", { cases: phone })]);
  assertEquals(found.map(({ folder }) => folder), ["01-c3d"]);
  assertEquals(found[0].rows.length, cases.length - phone.length - 1, "all but the second copy");
  assert(found[0].rows.every(({ label }) => !label.includes(" on ")));
});

Deno.test("the overview of a machine has no rows that leave something out of the packing", () => {
  const { cases } = exampleRun();
  const ablations = cases.filter(({ role }) => role === "subject")
    .map((row): CaseResult => ({ ...row, spec: { ...row.spec, packing: "csr" }, role: "control" }));
  const [{ rows }] = newestRuns([stored("c3d", "01", { cases: [...cases, ...ablations] })]);
  assertEquals(rows, newestRuns([stored("c3d", "01")])[0].rows);
});

Deno.test("a model of one's own is told apart from a suite of the same name", () => {
  const own = stored("vgg-16", "02");
  const settings = { ...own.run.manifest.settings, model: "vgg-16.onnx (sha256 ab)" };
  const run = { ...own.run, manifest: { ...own.run.manifest, settings } };
  const names = newestRuns([stored("vgg-16", "01"), { ...own, run }]).map(({ network }) => network);
  assertEquals(names, ["vgg-16", "vgg-16.onnx"]);
});

Deno.test("dense kernels are held to the peer, more so where Winograd pays, methods to their efficiency", () => {
  const met = (network: string, row: CaseResult) =>
    judge(network, row, "ONNX Runtime").map(({ met }) => met);
  assertEquals(met("c3d", baseline(1.01)), [true]);
  assertEquals(met("c3d", baseline(0.99)), [false]);
  assertEquals(met("vgg-16", baseline(1.19)), [false]);
  assertEquals(met("vgg-16", baseline(1.21)), [true]);
  const subject = exampleRun().cases.find(({ role }) => role === "subject")!;
  const of = (efficiency: number, method = "rt3d", speedup = 4): CaseResult => ({
    ...subject,
    spec: { ...subject.spec, method },
    efficiency: { value: efficiency, rounds: 8 },
    speedupDense: { value: speedup, rounds: 8, verdict: "faster" },
  });
  assertEquals([met("c3d", of(0.85)), met("c3d", of(0.849))], [[true], [false]]);
  assertEquals(met("vgg-16", of(0.9, "tucker", 3.31)), [true, true]);
  assertEquals(met("vgg-16", of(0.9, "tucker", 3.29)), [true, false]);
  const others = exampleRun().cases.filter(({ role }) =>
    ["control", "peer", "direct"].includes(role)
  );
  assertEquals(others.flatMap((row) => judge("c3d", row, "ONNX Runtime")), []);
});

Deno.test("the page has every row with its ratios, and tells each shortfall in words", () => {
  const cases = exampleRun().cases.map((row): CaseResult =>
    row.label === "rt3d kgs 4x4"
      ? {
        ...row,
        notes: ["a note"],
        efficiency: { value: 0.8, rounds: 8 },
      }
      : row
  );
  const page = networksPage("test", newestRuns([stored("c3d", "01", { cases })]));
  const line = page.split("\n").find((text) => text.startsWith("| rt3d kgs 4x4 |"))!;
  assertStringIncludes(line, "**short of efficiency 0.85** |");
  assertEquals(line.split(" | ").length, 9);
  assertStringIncludes(page, "- c3d, 2 threads: rt3d kgs 4x4 is short of efficiency 0.85: 0.800");
  assertStringIncludes(page, "skipped: patterns need 3x3 kernels");
  assertStringIncludes(page, "- rt3d kgs 4x4: a note");
  const shown = cases.filter(({ role }) => role !== "A/A").length;
  assertEquals(page.split("\n").filter((text) => /^\| .* \|$/.test(text)).length, shown + 2);
});

Deno.test("the table as CSV reads back, with the numbers of the runs", () => {
  const { run } = stored("c3d", "01");
  const csv = networksCsv(newestRuns([stored("c3d", "01")]));
  const rows = fromCsv(NETWORK_COLUMNS, csv, "networks.csv");
  const kgs = run.cases.find(({ label }) => label === "rt3d kgs 8x4")!;
  const row = rows.find(({ method, scheme }) => `${method} ${scheme}` === "rt3d kgs 8x4")!;
  assertEquals([row.latency, row.speedup_direct], [kgs.latency?.value, kgs.speedupDirect?.value]);
  assertEquals([row.efficiency, row.activations], [kgs.efficiency?.value, 38]);
  assertEquals([row.run, row.status, row.short_of], ["01-c3d", "ok", ""]);
});
