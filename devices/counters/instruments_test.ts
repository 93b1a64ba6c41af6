import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Instruments } from "./instruments.ts";
import { fakeSystem, scriptedClock } from "./testing.ts";

Deno.test("instruments measure a stretch of at least 100 calls, all at once", async () => {
  const ENERGY = "sys/class/powercap/intel-rapl:0/energy_uj";
  using system = fakeSystem({
    "sys/class/powercap/intel-rapl:0/name": "package-0",
    [ENERGY]: 0,
    "sys/class/thermal/thermal_zone0/temp": 40_000,
  });
  const clock = scriptedClock();
  let events = 0;
  using instruments = Instruments.open({
    root: system.root,
    ...clock,
    openCounter: () => ({
      read: () => ({ count: events, enabled: events, running: events }),
      [Symbol.dispose]: () => {},
    }),
  })!;
  const asked: number[] = [];
  const { readings, power } = await instruments.take({
    secondsPerCall: 0.004,
    threads: () => [1],
    async call(calls) {
      asked.push(calls);
      for (let call = 0; call < calls; call++) {
        await clock.delay(0.004);
        system.write(ENERGY, 12_000 * (call + 1)); // 3 W
        events += 50;
      }
    },
  });
  assertEquals(asked, [250], "as many as the sensor needs to see");
  const valueOf = (quantity: string) => readings.find((r) => r.quantity === quantity)?.value;
  assertEquals(valueOf("instructions"), 50);
  assertAlmostEquals(valueOf("energy")!, 0.012, 1e-9);
  assertEquals(power.length, 1);
  system.write("sys/class/thermal/thermal_zone0/temp", 55_000);
  const end = instruments.watchConditions();
  assertEquals(end()?.after.celsius, { thermal_zone0: 55 });
});

Deno.test("without any instrument nothing is called, and the readings say why", async () => {
  using system = fakeSystem({ "proc/sys/kernel/perf_event_paranoid": 3 });
  using instruments = Instruments.open({ root: system.root, openCounter: () => ({ errno: 13 }) })!;
  const { readings } = await instruments.take({
    secondsPerCall: 1,
    threads: () => [1],
    call: () => Promise.reject(new Error("called in vain")),
  });
  for (const { value, unavailable } of readings) {
    assertEquals(value, undefined);
    assert(unavailable);
  }
  const cycles = readings.find(({ quantity }) => quantity === "cycles");
  assertStringIncludes(cycles!.unavailable!, "perf_event_paranoid is 3");
  assertEquals(instruments.watchConditions()(), undefined);
});
