import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { stripesNetwork } from "./testing.ts";
import type { Trainer } from "../trainer.ts";
import { pruneInRounds } from "./greedy.ts";

const model = stripesNetwork();

/** What happens, in order: rates and epochs. */
async function rounds(wanted: number, prune: number, rate = 8) {
  const events: [string, number][] = [];
  const train = (given: Model, { name, epochs }: { name: string; epochs: number }) => {
    events.push([name, epochs]);
    return Promise.resolve(given);
  };
  const trainer = { budget: { prune, retrain: 1 }, train } as Partial<Trainer> as Trainer;
  const cut = (left: Model, rate: number) => {
    events.push(["cut", rate]);
    return Promise.resolve(left);
  };
  await pruneInRounds(model, { rounds: wanted, rate, cut }, { seed: 1, trainer });
  return events;
}

Deno.test("each round leaves the same share of what the one before has left", async () => {
  const events = await rounds(3, 5);
  const cuts = events.filter(([what]) => what === "cut").map(([, rate]) => rate);
  [2, 4, 8].forEach((rate, round) => assertAlmostEquals(cuts[round], rate, 1e-12));
  assertEquals(cuts.at(-1), 8);
  assertEquals(events.filter(([what]) => what !== "cut"), [
    ["round 1", 1],
    ["round 2", 2],
    ["round 3", 2],
  ]);
});

Deno.test("there are no more rounds than epochs, and none without", async () => {
  assertEquals(await rounds(4, 1), [["cut", 8], ["round 1", 1]]);
  await assertRejects(() => rounds(4, 0), RangeError, "at least 1: current value is 0");
});
