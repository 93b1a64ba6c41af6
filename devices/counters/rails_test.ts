import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { batteryRails } from "./battery.ts";
import { hwmonRails } from "./hwmon.ts";
import { powercapRails } from "./powercap.ts";
import { type Rails, unwrapped } from "./rail.ts";
import { fakeSystem } from "./testing.ts";

const RAPL = "sys/class/powercap";
const HWMON = "sys/class/hwmon";
const BATTERY = "sys/class/power_supply/battery";

function namesOf({ rails }: Rails): string[] {
  return rails.map(({ name }) => name);
}

function close({ rails }: Rails): void {
  for (const rail of rails) rail[Symbol.dispose]();
}

Deno.test("a counter that begins again at 0 is made one that rises", () => {
  const values = [90, 99, 5, 50, 1, undefined, 2];
  const read = unwrapped(() => values.shift(), 100);
  assertEquals(Array.from({ length: 7 }, read), [90, 99, 105, 150, 201, undefined, 202]);
});

Deno.test("RAPL counts packages and their memory, without their parts and without what has them in it", () => {
  using system = fakeSystem({
    [`${RAPL}/intel-rapl/enabled`]: 1,
    [`${RAPL}/intel-rapl:0/name`]: "package-0",
    [`${RAPL}/intel-rapl:0/energy_uj`]: 2_000_000,
    [`${RAPL}/intel-rapl:0/max_energy_range_uj`]: 262_143_328_850,
    [`${RAPL}/intel-rapl:0:0/name`]: "core",
    [`${RAPL}/intel-rapl:0:0/energy_uj`]: 1_000_000,
    [`${RAPL}/intel-rapl:0:1/name`]: "dram",
    [`${RAPL}/intel-rapl:0:1/energy_uj`]: 500_000,
    [`${RAPL}/intel-rapl:1/name`]: "psys",
    [`${RAPL}/intel-rapl:1/energy_uj`]: 9_000_000,
    [`${RAPL}/intel-rapl-mmio:0/name`]: "package-0",
    [`${RAPL}/intel-rapl-mmio:0/energy_uj`]: 2_000_000,
  });
  const found = powercapRails(system.files);
  assertEquals(namesOf(found), ["package-0", "dram-0"]);
  assertEquals(found.rails.map(({ kind }) => kind), ["energy", "energy"]);
  assertEquals(found.rails.map((rail) => rail.read()), [2, 0.5]);
  system.write(`${RAPL}/intel-rapl:0/energy_uj`, 3_500_000);
  assertEquals(found.rails[0].read(), 3.5);
  // Its highest value was passed, and it began again.
  system.write(`${RAPL}/intel-rapl:0/energy_uj`, 500_000);
  assertAlmostEquals(found.rails[0].read()!, 262_143.32885 + 0.5, 1e-9);
  close(found);
});

Deno.test("RAPL that may not be read is told with what to do, as is RAPL that is not there", () => {
  using system = fakeSystem({ [`${RAPL}/intel-rapl:0/name`]: "package-0" });
  const locked = powercapRails(system.files);
  assertEquals(locked.rails, []);
  assertStringIncludes(locked.missing!, "chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj");
  using empty = fakeSystem({});
  assertStringIncludes(powercapRails(empty.files).missing!, "there are no RAPL counters");
});

Deno.test("hwmon takes energy before power, power before volts x amperes, and nothing of other chips", () => {
  using system = fakeSystem({
    [`${HWMON}/hwmon0/name`]: "amdgpu",
    [`${HWMON}/hwmon0/power1_average`]: 30_000_000,
    [`${HWMON}/hwmon1/name`]: "amd_energy",
    [`${HWMON}/hwmon1/energy1_label`]: "Ecore000",
    [`${HWMON}/hwmon1/energy1_input`]: 7,
    [`${HWMON}/hwmon1/energy2_label`]: "Esocket0",
    [`${HWMON}/hwmon1/energy2_input`]: 4_000_000,
    [`${HWMON}/hwmon2/name`]: "power_meter",
    [`${HWMON}/hwmon2/power1_average`]: 90_000_000,
    [`${HWMON}/hwmon3/name`]: "ina3221",
    [`${HWMON}/hwmon3/in1_label`]: "VDD_CPU",
    [`${HWMON}/hwmon3/in1_input`]: 5000,
    [`${HWMON}/hwmon3/curr1_input`]: 1200,
    [`${HWMON}/hwmon3/in2_label`]: "VDD_GPU",
    [`${HWMON}/hwmon3/in2_input`]: 5000,
    [`${HWMON}/hwmon3/curr2_input`]: 700,
    [`${HWMON}/hwmon3/in3_label`]: "no current of this one",
    [`${HWMON}/hwmon3/in3_input`]: 5000,
  });
  const found = hwmonRails(system.files);
  assertEquals(namesOf(found), ["Esocket0", "power_meter-power1", "VDD_CPU"]);
  assertEquals(found.rails.map((rail) => rail.read()), [4, 90, 6]);
  close(found);
});

Deno.test("hwmon takes the rail of the whole board alone where there is one, since others are parts of it", () => {
  using system = fakeSystem({
    [`${HWMON}/hwmon0/name`]: "ina3221",
    [`${HWMON}/hwmon0/in1_label`]: "VDD_IN",
    [`${HWMON}/hwmon0/in1_input`]: 19_000,
    [`${HWMON}/hwmon0/curr1_input`]: 300,
    [`${HWMON}/hwmon0/in2_label`]: "VDD_CPU_GPU_CV",
    [`${HWMON}/hwmon0/in2_input`]: 19_000,
    [`${HWMON}/hwmon0/curr2_input`]: 100,
  });
  const found = hwmonRails(system.files);
  assertEquals(found.rails.map((rail) => [rail.name, rail.read()]), [["VDD_IN", 5.7]]);
  close(found);
  using empty = fakeSystem({ [`${HWMON}/hwmon0/name`]: "k10temp" });
  assertStringIncludes(hwmonRails(empty.files).missing!, "no sensor");
});

Deno.test("a battery that drives the device gives current x voltage, whatever the sign of the current", () => {
  for (const current of [-850_000, 850_000]) {
    using system = fakeSystem({
      "sys/class/power_supply/ac/type": "Mains",
      "sys/class/power_supply/pen/type": "Battery",
      "sys/class/power_supply/pen/scope": "Device",
      [`${BATTERY}/type`]: "Battery",
      [`${BATTERY}/status`]: "Discharging",
      [`${BATTERY}/current_now`]: current,
      [`${BATTERY}/voltage_now`]: 4_000_000,
    });
    const found = batteryRails(system.files);
    assertEquals(found.rails.map(({ kind, origin }) => [kind, origin]), [
      ["power", "battery gauge current_now x voltage_now"],
    ]);
    assertAlmostEquals(found.rails[0].read()!, 3.4, 1e-12);
    system.write(`${BATTERY}/voltage_now`, "");
    assertEquals(found.rails[0].read(), undefined, "a value that cannot be read is not 0");
    close(found);
  }
});

Deno.test("a battery without a current tells energy by what is left in it", () => {
  using system = fakeSystem({
    [`${BATTERY}/type`]: "Battery",
    [`${BATTERY}/status`]: "Discharging",
    [`${BATTERY}/charge_counter`]: 2_000_000,
    [`${BATTERY}/voltage_now`]: 4_000_000,
  });
  const found = batteryRails(system.files);
  assertEquals(found.rails[0].kind, "energy");
  const before = found.rails[0].read()!;
  system.write(`${BATTERY}/charge_counter`, 1_999_000); // a milliampere-hour less
  assertAlmostEquals(found.rails[0].read()! - before, 0.001 * 3600 * 4, 1e-6);
  close(found);
});

Deno.test("a battery that is charged or full does not tell what the device takes", () => {
  for (const status of ["Charging", "Full", "Not charging"]) {
    using system = fakeSystem({
      [`${BATTERY}/type`]: "Battery",
      [`${BATTERY}/status`]: status,
      [`${BATTERY}/power_now`]: 5_000_000,
    });
    const { rails, missing } = batteryRails(system.files);
    assertEquals(rails, []);
    assertStringIncludes(missing!, `its status is "${status}": unplug`);
  }
});
