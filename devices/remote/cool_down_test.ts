import { assertEquals } from "@std/assert";
import { coolDown } from "./cool_down.ts";

/** Waits for a machine of these temperatures, the last of which stays. */
async function wait(rest: number | undefined, temperatures: readonly number[]) {
  let reads = 0, slept = 0;
  const labels: string[] = [];
  const state = await coolDown({
    rest,
    read: () => {
      const cpu = temperatures.slice(0, ++reads).at(-1);
      const celsius: Record<string, number> = cpu === undefined ? {} : { cpu };
      return Promise.resolve({ celsius, limits: {} });
    },
    sleep: (ms) => {
      slept += ms;
      return Promise.resolve();
    },
    onProgress: (label) => labels.push(label),
  });
  return { celsius: state.celsius.cpu, slept, labels };
}

Deno.test("a machine is waited for until it is nearly as cool as at rest", async () => {
  assertEquals(await wait(40, [43]), { celsius: 43, slept: 0, labels: [] });
  assertEquals(await wait(40, [50, 45, 43]), {
    celsius: 43,
    slept: 4000,
    labels: [
      "cooling down: cpu at 50.0 °C, wanted 43.0",
      "cooling down: cpu at 45.0 °C, wanted 43.0",
    ],
  });
});

Deno.test("a machine that stays warm is taken as it is after three minutes", async () => {
  const { celsius, slept, labels } = await wait(40, [50]);
  assertEquals([celsius, slept, labels.length], [50, 180_000, 90]);
});

Deno.test("a machine without a sensor is not waited for", async () => {
  assertEquals((await wait(undefined, [90])).slept, 0);
  assertEquals((await wait(40, [])).slept, 0);
});
