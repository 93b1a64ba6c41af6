import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keyFinding } from "./finding.ts";
import {
  chosenPeers,
  howToRead,
  noiseBand,
  peerName,
  sentence,
  shownRows,
  undecided,
} from "./reading.ts";
import type { CaseResult, Ratio, RunResult } from "../result.ts";
import { exampleRun } from "./testdata/example_run.ts";

/** The example with other speed-ups of its subjects, in order; the rest go without a time. */
function withSpeedups(speedups: readonly Ratio[]): RunResult {
  const run = exampleRun();
  let next = 0;
  return {
    ...run,
    cases: run.cases.map((row): CaseResult => {
      if (row.role !== "subject") return row;
      const speedup = speedups[next++];
      return speedup === undefined
        ? { ...row, status: "failed" }
        : { ...row, status: "ok", speedupDense: speedup };
    }),
  };
}

function ratio(value: number, low: number, high: number, verdict: Ratio["verdict"]): Ratio {
  return { value, low, high, level: 0.95, rounds: 10, verdict };
}

Deno.test("a row that did not end well is shown without times even if the record holds some", () => {
  const run = exampleRun();
  const timed = run.cases.find((row) => row.latency !== undefined)!;
  for (const status of ["invalid", "skipped", "failed", "interrupted"] as const) {
    const [row] = shownRows({ ...run, cases: [{ ...timed, status, role: "subject" }] });
    for (
      const field of [
        "latency",
        "spread",
        "speedupDense",
        "speedupDirect",
        "speedupPeer",
        "efficiency",
        "load",
        "firstRun",
      ] as const
    ) assertEquals(row[field], undefined);
    assert(row.layers.every((layer) => layer.microseconds === undefined));
    assertEquals(row.macs, timed.macs);
  }
});

Deno.test("the second copy of the baseline is a noise band, not a row", () => {
  const run = exampleRun();
  assert(shownRows(run).every((row) => row.role !== "A/A"));
  assertStringIncludes(noiseBand(run), "0.988× to 1.011×");
  assertStringIncludes(noiseBand({ ...run, aaBand: undefined }), "not measured");
});

Deno.test("the finding names the highest speed-up with its interval", () => {
  const run = withSpeedups([ratio(2, 1.9, 2.1, "faster"), ratio(3, 2.9, 3.1, "faster")]);
  const text = keyFinding(run);
  assertStringIncludes(text, "rt3d kgs 4x4 has the highest speed-up: 3.00× our dense model");
  assertStringIncludes(text, "95 % interval 2.90 to 3.10");
  assertStringIncludes(text, "2 of 2 compressed models");
  assert(!text.includes("shared"));
});

Deno.test("rows whose intervals reach into the first one's share its place", () => {
  const run = withSpeedups([ratio(2.95, 2.8, 3.05, "faster"), ratio(3, 2.9, 3.1, "faster")]);
  assertStringIncludes(keyFinding(run), "shared with rt3d kgs 8x4");
});

Deno.test("nothing is called faster without a verdict", () => {
  const run = withSpeedups([ratio(1.4, 0.9, 1.9, "none shown"), ratio(0.5, 0.4, 0.6, "slower")]);
  assertEquals(
    keyFinding(run),
    "0 of 2 compressed models were shown to be faster than our dense model.",
  );
  assertStringIncludes(undecided(run), "rt3d kgs 8x4");
  assertEquals(keyFinding(withSpeedups([])), "No compressed model gave a time in this run.");
});

Deno.test("a run without compressed models compares the engines", () => {
  const run = exampleRun();
  const cases = run.cases.filter(({ role }) => role !== "subject" && role !== "control");
  assertEquals(
    keyFinding({ ...run, cases }),
    "The model as it is ran at 1.24× the speed of ONNX Runtime (95 % interval 1.22 to 1.26).",
  );
});

/** The example with more peers, as fast as they are told. */
function withPeers(ms: Readonly<Record<string, number | undefined>>): RunResult {
  const run = exampleRun();
  const [known] = run.cases.filter(({ role }) => role === "peer");
  const more = Object.entries(ms).map(([method, value]): CaseResult => {
    const { latency: _, ...row } = { ...known, spec: { ...known.spec, method, device: method } };
    return value === undefined
      ? { ...row, status: "skipped" }
      : { ...row, latency: { value, rounds: 8 } };
  });
  return { ...run, cases: [...run.cases, ...more] };
}

Deno.test("of several peers the fastest is named, and that it is one of several", () => {
  assertEquals(peerName(exampleRun()), "ONNX Runtime");
  assertEquals(chosenPeers(exampleRun()), undefined);
  const quick = withPeers({ pytorch: 1, ncnn: undefined });
  assertEquals(peerName(quick), "PyTorch");
  assertStringIncludes(
    howToRead(quick).join(" "),
    "over the fastest that gave the right output: PyTorch",
  );
  const slow = withPeers({ pytorch: 1e6, "peer:./mine": 1e6 });
  assertEquals(peerName(slow), "ONNX Runtime");
  assertStringIncludes(keyFinding(slow), "ONNX Runtime");
  assertEquals(peerName({ cases: slow.cases.filter(({ role }) => role !== "peer") }), "peer");
});

Deno.test("where another peer is the fastest on other threads, both are told", () => {
  const run = withPeers({ pytorch: 1 });
  const others = exampleRun().cases.map((row) => ({ ...row, spec: { ...row.spec, threads: 7 } }));
  const both = { ...run, cases: [...run.cases, ...others] };
  assertEquals(peerName(both), "the fastest peer");
  assertStringIncludes(chosenPeers(both)!, "ONNX Runtime on 7 threads");
  assertStringIncludes(chosenPeers(both)!, "PyTorch on ");
});

Deno.test("too few rounds for an interval are said, not hidden", () => {
  const run = exampleRun();
  const cases = run.cases.map((row) =>
    row.latency ? { ...row, latency: { value: row.latency.value, rounds: 3 } } : row
  );
  const text = howToRead({ ...run, cases }).join(" ");
  assertStringIncludes(text, "median over 3 rounds");
  assertStringIncludes(text, "too few rounds for an interval");
});

Deno.test("how far outputs may be off is told, and on which device further", () => {
  const run = exampleRun();
  const told = (cases: RunResult["cases"]) => howToRead({ ...run, cases }).at(-1)!;
  assertStringIncludes(told(run.cases), "by more than 1.0e-4 of the largest value shows no time");
  const halves = run.cases.map((row) => ({
    ...row,
    spec: { ...row.spec, device: "opencl:0:fp16" },
    tolerance: 5e-3,
  }));
  assertStringIncludes(
    told([...halves, ...run.cases]),
    "1.0e-4 of the largest value, or 5.0e-3 on opencl:0:fp16, which stores values less exactly,",
  );
  const before = run.cases.map(({ tolerance: _, ...row }) => row);
  assertStringIncludes(told(before), "on the same weights shows no time");
});

Deno.test("a sentence ends with one full stop", () => {
  assertEquals([sentence("Run again"), sentence("Run again.")], ["Run again.", "Run again."]);
});

Deno.test("without intervals the finding gives medians and says that they prove nothing", () => {
  const look = (value: number): Ratio => ({ value, rounds: 2, verdict: "none shown" });
  const run = withSpeedups([look(2), look(3)]);
  assertStringIncludes(keyFinding(run), "2 rounds give no intervals and so no verdicts");
  assertStringIncludes(
    keyFinding(run),
    "rt3d kgs 4x4 has the highest speed-up, 3.00× our dense model",
  );
  const labels = run.cases.filter((row) => row.role === "subject").map((row) => row.label);
  assert(labels.every((label) => !undecided(run).includes(label)));
});
