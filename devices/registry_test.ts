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
  for (const { id } of DEVICES.filter(({ id }) => !id.endsWith(":"))) {
    await using device = await openDevice(id);
    assert(id.endsWith(":") ? device.id.startsWith(id) : device.id === id, device.id);
  }
});

Deno.test("boards and phones open under what was typed, which is read before they are reached", async () => {
  for (const id of ["ssh:pi@board:2222#little", "adb:R58M35ABCDE"]) {
    await using device = await openDevice(id);
    assertEquals(device.id, id);
  }
  await assertRejects(
    () => openDevice("ssh:"),
    SyntaxError,
    "must be [USER@]HOST[:PORT][#CLUSTER]",
  );
  await assertRejects(() => openDevice("adb:"), SyntaxError, "must be SERIAL[#CLUSTER]");
});

Deno.test("a device that is not on the list is refused with the nearest names", async () => {
  const { message } = assertThrows(() => findDevice("hots"), RangeError);
  assertStringIncludes(message, 'Cannot find device "hots": did you mean "host" or');
  await assertRejects(() => openDevice("hots"), RangeError, "Cannot find device");
});
