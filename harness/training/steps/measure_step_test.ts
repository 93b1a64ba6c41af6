import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { modelCosts } from "../../../graph/costs.ts";
import { measureStep } from "./measure_step.ts";
import { type StepRow, stepsCsv, stepsPage } from "./report.ts";
import { findStepCase, networkOf, STEP_CASES, type StepCase } from "./step_case.ts";

const TINY: StepCase = {
  id: "tiny",
  network: "resnet-18-cifar",
  width: 0.0625,
  classes: 10,
  batch: 2,
};

Deno.test("a step is timed in turn with a forward pass of the same graph", async () => {
  const measured = await measureStep(TINY, { threads: 1, rounds: 2 });
  const costs = modelCosts(networkOf(TINY));
  assertEquals(measured.forward.length, 2);
  assertEquals(measured.step.length, 2);
  assert(measured.step.every((time) => time > 0));
  assertEquals(measured.torch?.length, measured.torchVersion === undefined ? undefined : 2);
  assertEquals(measured.macs, costs.macs);
  assertEquals(measured.weightBytes, 4 * costs.params);
  // Other tests of this process may have held more.
  assert(measured.peakBytes >= 0);
});

/** Three forward passes of 10 ms in one step of 60, and PyTorch twice as slow. */
const ROW: StepRow = {
  which: { ...TINY, width: 0.25 },
  threads: 2,
  measured: {
    macs: 1e9,
    forward: [10, 10],
    step: [60, 60],
    torch: [120, 120],
    torchVersion: "1.13.0",
    peakBytes: 32e6,
    activationBytes: 4e6,
    weightBytes: 10e6,
  },
};
const WHERE = { cpu: "Test CPU", cores: "2", onnxruntime: "1.30.0", deno: "2.9.6" };

Deno.test("the page tells rates, the share of three forward passes, and the memory", () => {
  const page = stepsPage([ROW], WHERE);
  const line = page.split("\n").find((text) => text.startsWith("| resnet-18-cifar"))!;
  // 2 GFLOP in 10 ms, three times that in 60 ms; 2 samples in 60 ms; 32 of 4 + 6 * 10 MB.
  const cells = line.split("|").map((cell) => cell.trim());
  assertEquals(cells.slice(2, 11), [
    "2",
    "2",
    "200",
    "100",
    "33.3",
    "0.50",
    "2.00",
    "32 MB",
    "0.50",
  ]);
  assertStringIncludes(page, "PyTorch 1.13.0");
});

Deno.test("what falls short is said", () => {
  const slow = { ...ROW, measured: { ...ROW.measured, step: [90, 90], peakBytes: 1e9 } };
  const page = stepsPage([slow], WHERE);
  assertStringIncludes(page, "0.33 (short)");
  assertStringIncludes(page, "(over)");
});

Deno.test("the CSV has a row for each round, with its source", () => {
  const [first, second] = parse(stepsCsv([ROW]), { skipFirstRow: true });
  assertEquals([first.round, second.round], ["1", "2"]);
  assertEquals(first.step_ms, "60.000");
  assertEquals(first.source, "measured");
});

Deno.test("the steps of the papers' networks are known by name", () => {
  assertEquals(findStepCase("c3d-quarter").width, 0.25);
  assertThrows(() => findStepCase("c3d-half"), RangeError, 'Cannot find training step "c3d-half"');
  for (const which of STEP_CASES) assertEquals(findStepCase(which.id), which);
});
