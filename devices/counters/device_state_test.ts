import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { conditionsOf, StateSensors } from "./device_state.ts";
import { fakeSystem } from "./testing.ts";

const CPU = "sys/devices/system/cpu";
const THERMAL = "sys/class/thermal";

Deno.test("temperatures and clocks are told by the names of their sensors", () => {
  using system = fakeSystem({
    [`${THERMAL}/thermal_zone0/type`]: "x86_pkg_temp",
    [`${THERMAL}/thermal_zone0/temp`]: 51_500,
    [`${THERMAL}/thermal_zone1/type`]: "broken",
    [`${THERMAL}/thermal_zone1/temp`]: "",
    [`${CPU}/cpu0/cpufreq/scaling_cur_freq`]: 1_800_000,
    [`${CPU}/cpu10/cpufreq/scaling_cur_freq`]: 2_840_000,
    [`${CPU}/cpuidle/current_driver`]: "none",
  });
  using sensors = new StateSensors(system.files);
  assert(sensors.some);
  const { celsius, hertz } = sensors.read();
  assertEquals(Object.keys(celsius), ["x86_pkg_temp thermal_zone0"]);
  assertAlmostEquals(celsius["x86_pkg_temp thermal_zone0"], 51.5, 1e-9);
  assertEquals(hertz, { cpu0: 1.8e9, cpu10: 2.84e9 });
  using nothing = fakeSystem({});
  using none = new StateSensors(nothing.files);
  assertEquals(none.some, false);
});

Deno.test("a processor that was throttled, or is slowed down by its cooling, spoils the times", () => {
  using system = fakeSystem({
    [`${CPU}/cpu0/thermal_throttle/core_throttle_count`]: 4,
    [`${THERMAL}/cooling_device0/type`]: "Fan",
    [`${THERMAL}/cooling_device0/cur_state`]: 3,
    [`${THERMAL}/cooling_device1/type`]: "cpufreq-cpu4",
    [`${THERMAL}/cooling_device1/cur_state`]: 0,
  });
  using sensors = new StateSensors(system.files);
  const before = sensors.read();
  assertEquals(conditionsOf(before, sensors.read()).throttled, undefined);
  system.write(`${CPU}/cpu0/thermal_throttle/core_throttle_count`, 6);
  system.write(`${THERMAL}/cooling_device1/cur_state`, 2);
  assertEquals(
    conditionsOf(before, sensors.read()).throttled,
    "cpu0 was throttled for its temperature; " +
      "cpufreq-cpu4 cooling_device1 slows the processor down, by 2 steps",
  );
});
