import { assertThrows } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import { planTraining } from "./plan.ts";
import { stripes, stripesNet, stripesOptions, stripesTask } from "./testing/stripes.ts";
import type { TrainingOptions } from "./trainer_options.ts";

const task = stripesTask();

/** Plans with some options changed. */
function plan(changes: Partial<TrainingOptions>) {
  return planTraining(stripesNet(), task, { ...stripesOptions, ...changes });
}

Deno.test("options out of their ranges are refused by name", () => {
  const cases: [name: string, Partial<TrainingOptions>][] = [
    ["epochs", { epochs: 0 }],
    ["seed", { seed: 0.5 }],
    ["rate", { rate: 0 }],
    ["rate", { rate: Infinity }],
    ["decay", { decay: -1 }],
    ["clip", { clip: 0 }],
    ["clip", { clip: NaN }],
    ["momentum", { momentum: 0 }],
    ["momentum", { momentum: 1.5 }],
    ["reestimate", { reestimate: 1.5 }],
    ["reestimate", { reestimate: 1, normalization: "running" }],
    ["evaluateEvery", { evaluateEvery: 0 }],
    ["patience", { patience: 0 }],
    ["checkpoint.everySteps", { checkpoint: { path: "x", everySteps: 0 } }],
    ["freeze", { freeze: ["conv.weight", "nothing*"] }],
  ];
  for (const [name, changes] of cases) {
    assertThrows(() => plan(changes), RangeError, `Cannot train as "${name}" must be`);
  }
});

Deno.test("batches that the dataset cannot fill are refused", () => {
  assertThrows(() => plan({ batch: 45 }), RangeError, "a batch must have 1 to 44 samples");
});

Deno.test("keeping the best and patience need something to judge by", () => {
  const { test: _, ...unjudged } = task;
  for (const changes of [{ keep: "best" }, { patience: 2 }] as const) {
    assertThrows(
      () => planTraining(stripesNet(), unjudged, { ...stripesOptions, ...changes }),
      RangeError,
      "no test dataset",
    );
  }
});

Deno.test("a network that does not read the samples is refused with both shapes", () => {
  const g = new GraphBuilder("wide");
  const wide = g.output(g.relu(g.input("x", [1, 3, 8, 8]))).build();
  assertThrows(
    () => planTraining(wide, task, stripesOptions),
    RangeError,
    'Cannot feed model "wide" from dataset "stripes 1" as it must have one input, [batch,1,8,8]: ' +
      'current value is "x" [1,3,8,8]',
  );
  const test = { ...stripes(4), sampleShape: [2, 8, 8] };
  assertThrows(
    () => planTraining(stripesNet(), { ...task, test }, stripesOptions),
    RangeError,
    "[batch,2,8,8]",
  );
});
