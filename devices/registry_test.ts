import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DEVICES, findDevice, openDevice } from "./registry.ts";

Deno.test("every device on the list opens under its own id", async () => {
  assertEquals(new Set(DEVICES.map(({ id }) => id)).size, DEVICES.length);
  for (const { id } of DEVICES) {
    await using device = await openDevice(id);
    assert(id.endsWith(":") ? device.id.startsWith(id) : device.id === id, device.id);
  }
});

Deno.test("a device that is not on the list is refused with the nearest names", async () => {
  const { message } = assertThrows(() => findDevice("hots"), RangeError);
  assertStringIncludes(message, 'Cannot find device "hots": did you mean "host" or ');
  await assertRejects(() => openDevice("hots"), RangeError, "Cannot find device");
});
