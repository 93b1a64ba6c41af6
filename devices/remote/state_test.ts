import { assertEquals } from "@std/assert";
import { parseSensors, parseState, warmest } from "./state.ts";
import { parseFiles } from "./sysfs.ts";
import { BATTERY, PHONE_ZONES, RASPBERRY_PI_4, THERMAL_SERVICE } from "./testing/recorded.ts";

const files = parseFiles(PHONE_ZONES), sensors = parseSensors(files);

Deno.test("zones have the lowest point at which the system slows down", () => {
  assertEquals(sensors.get("0"), { name: "cpu-1-0-usr", slowsAt: 95 });
  const pi = parseSensors(parseFiles(RASPBERRY_PI_4));
  assertEquals([...pi], [["0", { name: "cpu-thermal" }]], "a critical point is none");
});

Deno.test("temperatures go by the names of their zones, and those that are off are left out", () => {
  assertEquals(parseState(sensors, files), {
    celsius: {
      "cpu-1-0-usr": 52.9,
      "pm8150_tz (zone 1)": 37,
      "pm8150_tz (zone 10)": 38,
      "battery": 31,
    },
    limits: { cpu7: 2841600000 },
  });
});

Deno.test("Android tells what the kernel keeps to itself, and not what it read before", () => {
  const none = new Map<string, string>();
  assertEquals(parseState(new Map(), none, `${BATTERY}\n${THERMAL_SERVICE}`), {
    celsius: { CPU0: 43.1, GPU0: 40.5, skin: 33.75, battery: 31.2 },
    limits: {},
    thermalStatus: 0,
  });
  assertEquals(parseState(new Map(), none, BATTERY).celsius, { battery: 31.2 });
  assertEquals(parseState(new Map(), none, "Can't find service: thermalservice").celsius, {});
});

Deno.test("the warmest is of the processor's sensors, where there are such", () => {
  const limits = {};
  assertEquals(
    warmest({ celsius: { "cpu-0": 40, "cpu-1": 41, "gpu": 60, "battery": 70 }, limits }),
    { name: "cpu-1", celsius: 41 },
  );
  assertEquals(
    warmest({ celsius: { zone: 40, battery: 70 }, limits }),
    { name: "zone", celsius: 40 },
  );
  assertEquals(warmest({ celsius: { battery: 30 }, limits }), undefined);
});
