import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { publishedValues } from "../../suites/claims/published.ts";
import type { Count, Question, Timing, Training } from "../../suites/claims/question.ts";
import { type LedgerLine, ledgerLines } from "../../suites/claims/registry.ts";
import { gainOf, notWorse } from "../../suites/claims/rule.ts";
import { EXPERIMENTS } from "../../suites/experiments/registry.ts";
import { exampleFailure, exampleRecord } from "../experiments/testing.ts";
import { commandText } from "./commands.ts";
import { devicesAsked, planLedger } from "./plan.ts";
import type { PlanOptions } from "./step.ts";
import {
  type InventedRow,
  type InventedRun,
  NO_RESULTS,
  ofResults,
  writeExperiment,
  writeRun,
} from "./testing.ts";

const HERE: PlanOptions = {
  cpu: "Example",
  devices: new Map([
    ["host", { missing: [], build: "new" }],
    ["pytorch", { missing: [] }],
    ["exynos-7420", { missing: [], build: "arm" }],
  ]),
  paths: new Map(),
  quick: false,
};
const KGS = { method: "rt3d", scheme: "kgs 8x4" };
const DENSE = { method: "dense", scheme: "" };
const PYTORCH = { method: "pytorch", scheme: "dense" };

function timed(than: Timing["than"], change: Partial<Timing> = {}): Timing {
  return { kind: "timing", suite: "c3d", faster: KGS, than, rule: gainOf(2), ...change };
}

const COUNT: Count = {
  kind: "count",
  suite: "alexnet",
  device: "exynos-7420",
  of: { ...DENSE, what: "", quantity: "l1d-misses" },
  against: { method: "tucker", scheme: "", what: "", quantity: "l1d-misses" },
  rule: gainOf(1),
};
const TRAINED: Training = {
  kind: "training",
  experiment: "rt3d",
  parts: "c3d-*",
  pairs: [{ better: "kgs-one-shot-2.6x", than: "dense" }],
  rule: notWorse(),
};

function linesOf(...questions: Question[]): LedgerLine[] {
  return questions.map((question, i) => {
    const published = publishedValues()[i];
    return { published, entry: { claims: [published.id], questions: [question] } };
  });
}

function planned(
  questions: readonly Question[],
  fill: (folder: string) => void = () => {},
  options: Partial<PlanOptions> = {},
) {
  const { steps, lacking } = ofResults(
    fill,
    (results) =>
      planLedger(linesOf(...questions), options.quick ? { ...results, scale: "quick" } : results, {
        ...HERE,
        ...options,
      }),
  );
  return { steps, lacking, commands: steps.map(({ command }) => commandText(command)) };
}

const TIMES = [10, 11, 12, 13, 14, 15, 16, 17];

/** A run of C3D that answers, but for what is changed. */
function c3d(change: Partial<InventedRun> = {}, row: Partial<InventedRow> = {}) {
  return (folder: string) =>
    writeRun(folder, {
      ...{ folder: "m/one", suite: "c3d", rate: 3.6, noise: 0.01 },
      environment: { build: "new", cpu: "Example" },
      settings: { rounds: 4 },
      finished: "2026-01-01T00:01:00.000Z",
      rows: [
        { method: "dense", role: "baseline", times: TIMES },
        { method: "rt3d", scheme: "kgs 8x4", times: TIMES, ...row },
      ],
      ...change,
    });
}

Deno.test("questions of one suite and rate become one command, those of another their own", () => {
  const { steps, commands } = planned([
    timed(DENSE),
    timed({ method: "unstructured", scheme: "" }),
    timed(PYTORCH),
    timed(DENSE, { rate: 2 }),
  ]);
  assertEquals(commands, [
    "deno task bench c3d --methods rt3d,unstructured --peers onnxruntime,pytorch --rate 3.6 --rounds 8",
    "deno task bench c3d --methods rt3d --rate 2 --rounds 8",
  ]);
  assertEquals(steps.map(({ why, claims }) => [why, claims.length]), [
    ["no record", 3],
    ["no record", 1],
  ]);
});

Deno.test("times come first, then counts, then trainings", () => {
  const { commands } = planned([TRAINED, COUNT, timed(DENSE)]);
  assertEquals(commands.map((text) => text.split(" ").slice(2, 4).join(" ")), [
    ...["bench c3d", "bench alexnet", "experiment rt3d"],
  ]);
  assertStringIncludes(commands[1], "--devices exynos-7420 --rate 2.67 --threads 1 --quick");
});

Deno.test("what is recorded by these kernels on this processor is not run again", () => {
  assertEquals(planned([timed(DENSE)], c3d()).steps, []);
});

Deno.test("times of other kernels or another processor are stale, also where a row failed", () => {
  const why = (change: Partial<InventedRun>, row: Partial<InventedRow> = {}) =>
    planned([timed(DENSE)], c3d(change, row)).steps.map(({ why }) => why);
  const stale = ["by other kernels, or elsewhere"],
    bad = { status: "invalid", reason: "" } as const;
  assertEquals(why({ environment: { build: "old", cpu: "Example" } }), stale);
  assertEquals(why({ environment: { build: "new", cpu: "Other" } }), stale);
  assertEquals(why({ environment: { build: "old", cpu: "Example" } }, bad), stale);
  // Doing it again would bring the same.
  assertEquals(why({}, bad), []);
});

Deno.test("too few rounds are not enough, and what was recorded tells how long more take", () => {
  const { steps: [step] } = planned([timed(DENSE)], c3d({ noise: undefined }));
  assertEquals(step.why, "too few rounds for an interval");
  // A minute for 4 rounds.
  assertEquals(step.seconds, 120);
});

Deno.test("counts are stale when the emulated phone would be given other kernels", () => {
  const reading = { quantity: "l1d-misses", source: "emulated", value: 2 } as const;
  const steps = (build: string) =>
    planned([COUNT], (folder) =>
      writeRun(folder, {
        ...{ folder: "m/one", suite: "alexnet", rate: 2.67 },
        environment: { "device exynos-7420": `Samsung; build ${build}` },
        rows: ["dense", "tucker"].map((method) => (
          { method, device: "exynos-7420", readings: [reading] }
        )),
      })).steps.map(({ why }) => why);
  assertEquals(steps("arm"), []);
  assertEquals(steps("older"), ["by other kernels, or elsewhere"]);
});

Deno.test("what a device lacks is told, and what needs it is not run", () => {
  const missing = ["torch is not installed"];
  const { commands, lacking } = planned([timed(DENSE), timed(PYTORCH)], undefined, {
    devices: new Map([...HERE.devices, ["pytorch", { missing }]]),
  });
  assertEquals(commands, ["deno task bench c3d --methods rt3d --rate 3.6 --rounds 8"]);
  assertEquals(lacking, ["pytorch: torch is not installed"]);
});

Deno.test("an experiment is run for parts whose seeds are not done, with the data that it knows", () => {
  const paths = new Map([["weizmann", "a b"], ["bccd", "c"]]);
  const { steps: [step], lacking } = planned([TRAINED], undefined, { paths });
  assertEquals(step.command.args, ["rt3d", "--scale", "small", "--data", "weizmann=a b"]);
  assertEquals(lacking, []);
  const bare = planned([TRAINED]);
  assertEquals(bare.steps.length, 1);
  assertStringIncludes(bare.lacking[0], "rt3d, c3d-weizmann: --data weizmann=PATH not given");
});

Deno.test("a training is done when each pair has all seeds, or a method cannot do it", () => {
  const parts = EXPERIMENTS.find(({ id }) => id === "rt3d")!.parts("small");
  const records = parts.filter(({ id }) => id.startsWith("c3d-")).flatMap(({ id: part, seeds }) =>
    seeds.flatMap((seed) => {
      const spec = { experiment: "rt3d", part, seed };
      const kgs = { ...spec, cell: "kgs-one-shot-2.6x" };
      return [
        exampleRecord(spec),
        seed === 1 ? exampleFailure(kgs, "skipped", "thin kernels") : exampleRecord(kgs),
      ];
    })
  );
  const steps = (some: typeof records) =>
    planned(
      [TRAINED],
      (folder) => writeExperiment(folder, { machine: "m", id: "rt3d" }, some),
    ).steps;
  assertEquals(steps(records), []);
  const [step] = steps(
    records.filter(({ spec: { seed, part, cell } }) =>
      !(seed === 2 && part === "c3d-moving-shapes" && cell !== "dense")
    ),
  );
  assertEquals(step.why, "not all is trained");
  assert(step.seconds! > 0);
});

Deno.test("a quick look takes one round, no emulation, and trainings of generated data", () => {
  const { commands } = planned([timed(DENSE), COUNT, TRAINED], undefined, { quick: true });
  assertEquals(commands, [
    "deno task bench c3d --methods rt3d --rate 3.6 --quick",
    "deno task experiment rt3d --scale quick",
  ]);
});

Deno.test("with no record the whole ledger is planned, without arithmetic, each command once", () => {
  const lines = ledgerLines();
  const devices = new Map(devicesAsked(lines).map((id) => [id, { missing: [] }]));
  assertEquals([...devices.keys()].sort(), ["exynos-7420", "host", "pytorch"]);
  const { steps, lacking } = planLedger(lines, NO_RESULTS, { ...HERE, devices });
  const commands = steps.map(({ command }) => commandText(command));
  assertEquals(commands.length, new Set(commands).size);
  const tasks = Map.groupBy(steps, ({ command }) => command.task);
  assert(tasks.get("bench")!.length >= 9);
  for (const text of lacking) assertStringIncludes(text, "not given");
});
