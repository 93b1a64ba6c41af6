import { assertEquals, assertThrows } from "@std/assert";
import { DEVICES } from "../devices/registry.ts";
import { chooseDevices } from "./device_flags.ts";

Deno.test("devices that run plans stand side by side, the others are peers", () => {
  const plans = DEVICES.filter(({ id, runs }) => runs === "plan" && !id.endsWith(":"))
    .map(({ id }) => id);
  assertEquals(chooseDevices(undefined), {});
  assertEquals(chooseDevices("host"), { peers: [] });
  assertEquals(chooseDevices("host, onnxruntime"), { peers: ["onnxruntime"] });
  const chosen = chooseDevices([...plans, "onnxruntime"].join(","));
  assertEquals(chosen.devices ?? ["host"], plans);
  assertEquals(chosen.peers, ["onnxruntime"]);
});

Deno.test("a list without a place for the methods, or with an unknown name, is refused", () => {
  assertThrows(() => chooseDevices("onnxruntime"), Error, 'must have "host", or another one');
  assertThrows(() => chooseDevices("host,"), Error, "names with commas between them");
  assertThrows(() => chooseDevices("hots"), RangeError, 'did you mean "host"');
});
