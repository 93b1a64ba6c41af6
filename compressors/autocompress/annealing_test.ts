import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { acceptance, anneal, type Proposal, TEMPERATURES } from "./annealing.ts";

Deno.test("worse actions are accepted as in the worked examples", () => {
  assertAlmostEquals(acceptance(0.5, 1), 0.6065, 5e-5);
  assertAlmostEquals(acceptance(0.5, 0.1), 0.0067, 5e-5);
  assertEquals(acceptance(-0.5, 0.1), 1);
});

Deno.test("a lost point is accepted by half at first and hardly ever at last", () => {
  assertAlmostEquals(TEMPERATURES[0], 1.4427, 1e-4);
  assertAlmostEquals(acceptance(1, TEMPERATURES[0]), 0.5, 1e-12);
  assertAlmostEquals(acceptance(1, TEMPERATURES.at(-1)!), 0.001, 3e-4);
});

Deno.test("few proposals are spread over all temperatures, and told one by one", async () => {
  for (const proposals of [0, 4, 15, 40]) {
    const told: Proposal[] = [];
    const random = new Random(1, "walk");
    const { value } = await anneal({
      start: 0,
      proposals,
      propose: (x) => x + random.uniform() - 0.5,
      evaluate: (x) => -Math.abs(x - 2),
      key: String,
      onProposal: (proposal) => void told.push(proposal),
    }, random);
    assertEquals(told.length, proposals);
    assertEquals(value, Math.max(-2, ...told.map((proposal) => proposal.value)));
    if (proposals >= 15) {
      assertEquals([...new Set(told.map(({ temperature }) => temperature))], [...TEMPERATURES]);
    }
  }
});
