import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { UnreachableRateError } from "../compressors/budget.ts";
import { COMPRESSORS } from "../compressors/registry.ts";
import { perceptron } from "../compressors/testing.ts";
import { tinySuite } from "../suites/testing.ts";
import { requireReachable } from "./reach.ts";
import { tinyCases } from "./testdata/tiny_run.ts";

const model = tinySuite.buildModel(1);
const FAR = 1e6;

/** What a run of some methods is refused with at a rate. */
function refusal(methods: readonly string[], rate: number): Promise<UnreachableRateError> {
  return assertRejects(
    () => requireReachable(model, tinyCases(methods, { rate })),
    UnreachableRateError,
  );
}

/** Methods of the tiny suite's rows, those apart that compress nothing. */
const METHODS = COMPRESSORS.filter(({ id }) =>
  !["dense", "as-is"].includes(id) && tinySuite.rows.some(({ method }) => method === id)
);

for (const { id } of METHODS) {
  Deno.test(`${id} is refused above the highest rate that it tells, and not at it`, async () => {
    const { highest } = await refusal([id], FAR);
    await requireReachable(model, tinyCases([id], { rate: highest }));
    assertEquals((await refusal([id], highest + 0.002)).highest, highest);
  });
}

Deno.test("a run is refused only when none of its methods reaches the rate", async () => {
  const [low, high] = [await refusal(["tucker"], FAR), await refusal(["unstructured"], FAR)]
    .map(({ highest }) => highest);
  assert(low < high);
  await requireReachable(model, tinyCases(["tucker", "unstructured"], { rate: high }));
  const { highest, message } = await refusal(["tucker", "unstructured"], FAR);
  assertEquals(highest, high);
  assertStringIncludes(message, `at most ${high} (`);
  assertStringIncludes(message, `tucker tucker-2 + svd: ${low}`);
});

Deno.test("a method is asked, and told of, once for all packings", async () => {
  const cases = tinyCases(["tucker"], { rate: FAR, packings: ["full", "csr"] });
  const { message } = await assertRejects(() => requireReachable(model, cases), Error);
  assertMatch(message, /\(tucker tucker-2 \+ svd: [\d.]+\)/);
});

Deno.test("a run of nothing but baseline and peer has no rate to reach", async () => {
  await requireReachable(model, tinyCases([], { rate: FAR }));
});

Deno.test("a method that does not support the network is no reason to refuse the run", async () => {
  await requireReachable(perceptron(), tinyCases(["rt3d"], { rate: FAR }));
});
