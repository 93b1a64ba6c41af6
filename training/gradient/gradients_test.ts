import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { GRADIENT_CASES } from "./testing/cases.ts";
import { differencesOf, networkOf, problemOf } from "./testing/problem.ts";
import { gradientError, stepGradients } from "./testing/step_gradients.ts";
import { RULES } from "./rules.ts";

/** Of float32 gradients, relative to the largest slope. */
const TOLERANCE = 5e-6;

Deno.test("there is a case of every operator that has a rule", () => {
  const used = new Set(GRADIENT_CASES.flatMap((one) => networkOf(one).nodes.map(({ op }) => op)));
  assertEquals(Object.keys(RULES).filter((op) => !used.has(op as keyof typeof RULES)), []);
});

for (const [op, cases] of Map.groupBy(GRADIENT_CASES, ({ name }) => name.split(/[ ,]/)[0])) {
  if (!(op in RULES)) {
    Deno.test(`${op} cannot be trained through`, async () => {
      for (const one of cases) {
        await assertRejects(() => stepGradients(problemOf(networkOf(one), one)), TypeError, op);
      }
    });
    continue;
  }
  Deno.test(`the gradients of ${op} agree with central differences`, async () => {
    for (const one of cases) {
      const problem = problemOf(networkOf(one), one);
      const { loss, gradients } = await stepGradients(problem);
      const { value } = differencesOf(problem);
      assert(gradients.size > 0, one.name);
      assertLess(Math.abs(loss - value), 1e-4 * Math.max(1, Math.abs(value)), one.name);
      assertLess(gradientError(problem, gradients), TOLERANCE, one.name);
    }
  });
}
