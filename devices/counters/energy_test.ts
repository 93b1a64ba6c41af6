import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { callsToMeasure, findRails, measureEnergy } from "./energy.ts";
import { samplePower } from "./power_sampler.ts";
import type { Rails } from "./rail.ts";
import { fakeSystem, scriptedClock, scriptedRail } from "./testing.ts";

/** Work of so many seconds, by a device that takes 2 W at rest and 5 W while it works. */
function scriptedWork(seconds: number) {
  const clock = scriptedClock();
  let begun = Infinity;
  const joules = () => {
    const time = clock.now();
    const worked = Math.min(Math.max(0, time - begun), seconds);
    return 2 * time + 3 * worked;
  };
  const work = async () => {
    begun = clock.now();
    while (clock.now() < begun + seconds) await clock.delay(0.25);
  };
  return { clock, work, joules };
}

Deno.test("energy is what the calls took above rest, by their number", async () => {
  const { clock, work, joules } = scriptedWork(10);
  const rails: Rails = {
    rails: [
      scriptedRail("package-0", "energy", joules),
      scriptedRail("dram-0", "energy", () => 0.5 * clock.now()),
    ],
    seconds: 4,
  };
  const { readings, power } = await measureEnergy(rails, work, 100, clock);
  const valueOf = (quantity: string) =>
    readings.find((reading) => reading.quantity === quantity)!.value!;
  assertAlmostEquals(valueOf("energy"), 3 * 10 / 100, 1e-9);
  assertAlmostEquals(valueOf("power"), 5.5, 1e-9);
  assertAlmostEquals(valueOf("power-idle"), 2.5, 1e-9);
  assertStringIncludes(
    readings[0].origin!,
    "scripted package-0 (package-0) + scripted dram-0 (dram-0) at 100 Hz, 100 calls in 10.0 s " +
      "after 4 s of rest",
  );
  assertEquals(power.map(({ rail, hertz }) => [rail, hertz]), [["package-0", 100], [
    "dram-0",
    100,
  ]]);
});

Deno.test("the trace of a counter adds up to it, and tells when the calls began and ended", async () => {
  const { clock, work, joules } = scriptedWork(3);
  const [{ trace, idle, busy }] = await samplePower(
    [scriptedRail("package-0", "energy", joules)],
    work,
    { ...clock, restSeconds: 1, hertz: 20 },
  );
  const { seconds, watts, calls: [begin, end] } = trace;
  assertAlmostEquals(begin, 1, 0.06);
  assertAlmostEquals(end - begin, 3, 0.3);
  assertEquals(seconds, seconds.toSorted((a, b) => a - b));
  const spans = seconds.map((time, i) => time - (seconds[i - 1] ?? 0));
  const total = watts.reduce((sum, each, i) => sum + each * spans[i], 0);
  assertAlmostEquals(total, 2 * end + 3 * 3, 1e-9);
  assertAlmostEquals(idle, 2, 1e-9);
  assertAlmostEquals(busy * (end - begin), 5 * 3 + 2 * (end - begin - 3), 1e-9);
});

Deno.test("a gauge of power is integrated over unequal steps", async () => {
  const random = new Random(5, "gauge");
  const clock = scriptedClock();
  // Power that rises with time: the trapezoids between any looks have no error.
  const rail = scriptedRail("board", "power", () => 1 + 2 * clock.now());
  const uneven = {
    now: clock.now,
    delay: (seconds: number) => clock.delay(seconds * (0.5 + random.uniform())),
  };
  const work = async () => {
    while (clock.now() < 8) await clock.delay(0.1);
  };
  const [{ trace: { calls: [begin, end] }, busy, idle }] = await samplePower([rail], work, {
    ...uneven,
    restSeconds: 2,
  });
  assertAlmostEquals(idle, 1 + begin, 1e-9);
  assertAlmostEquals(busy, 1 + begin + end, 1e-9);
});

Deno.test("a sensor that stands still or fails gives a reason, not a number", async () => {
  const still = scriptedWork(1);
  const stuck = await measureEnergy(
    { rails: [scriptedRail("board", "power", () => 3)], seconds: 1 },
    still.work,
    100,
    still.clock,
  );
  assertEquals(stuck.readings.map(({ quantity, value }) => [quantity, value]), [
    ["energy", undefined],
  ]);
  assertStringIncludes(stuck.readings[0].unavailable!, "scripted board changed 0 times in 1.0 s");
  assertEquals(stuck.power.length, 1, "what was seen is kept");

  const { clock, work, joules } = scriptedWork(1);
  let looks = 0;
  const lost = scriptedRail("dram-0", "energy", () => ++looks === 30 ? undefined : joules());
  const rails = [scriptedRail("package-0", "energy", joules), lost];
  const { readings } = await measureEnergy({ rails, seconds: 1 }, work, 100, clock);
  assertEquals(readings[0].unavailable, "scripted dram-0 could not be read all the time");
});

Deno.test("without sensors the calls are made all the same, and every kind of sensor says what it lacks", async () => {
  using system = fakeSystem({});
  const rails = findRails(system.files);
  let calls = 0;
  const { readings, power } = await measureEnergy(rails, () => Promise.resolve(void calls++), 100);
  assertEquals([calls, power], [1, []]);
  for (const kind of ["powercap: ", "hwmon: ", "battery: "]) {
    assertStringIncludes(readings[0].unavailable!, kind);
  }
});

Deno.test("what work throws is thrown on, and no look is taken afterwards", async () => {
  const { clock, joules } = scriptedWork(1);
  let looks = 0;
  const rail = scriptedRail("package-0", "energy", () => (looks++, joules()));
  const failed = await samplePower([rail], () => Promise.reject(new Error("lost")), {
    ...clock,
    restSeconds: 0.1,
  }).catch((error) => error);
  assert(failed instanceof Error && failed.message === "lost");
  const taken = looks;
  await clock.delay(1);
  assertEquals(looks, taken);
});

Deno.test("the sensors nearest to the processor are taken, and slow ones get more calls", () => {
  using system = fakeSystem({
    "sys/class/hwmon/hwmon0/name": "power_meter",
    "sys/class/hwmon/hwmon0/power1_average": 9,
    "sys/class/power_supply/battery/type": "Battery",
    "sys/class/power_supply/battery/status": "Discharging",
    "sys/class/power_supply/battery/power_now": 9,
  });
  const found = findRails(system.files);
  assertEquals(found.rails.map(({ origin }) => origin), ["hwmon power_meter power1"]);
  assertEquals(callsToMeasure(found, 0.3), 100);
  assertEquals(callsToMeasure(found, 0.001), 2000);
  for (const rail of found.rails) rail[Symbol.dispose]();
});
