import { assertEquals, assertMatch } from "@std/assert";
import { bytes, type Turn, withScript } from "../testing/scripted_server.ts";
import { findPhones } from "./phones.ts";

const ASKED: Turn = { expect: bytes("000ehost:devices-l") };

/** What a server answers. */
function answer(text: string): readonly Turn[] {
  const length = new TextEncoder().encode(text).length.toString(16).padStart(4, "0");
  return [ASKED, { send: bytes("OKAY", length) }, { send: bytes(text) }];
}

Deno.test("phones are listed with their models, and with what keeps others from being used", async () => {
  const list = [
    "R58M35ABCDE            device usb:1-1 product:a52q model:SM_A525F device:a52q transport_id:1",
    "192.168.0.7:5555       offline product:x model:Pixel_5 device:redfin transport_id:2",
    "0123456789             unauthorized usb:1-2 transport_id:3",
    "F00                    no permissions (user in plugdev group; are your rules wrong?); " +
    "see [http://developer.android.com/tools/device.html] usb:1-3 transport_id:4",
    "",
  ].join("\n");
  await withScript([answer(list)], async (server) => {
    const { devices, missing } = await findPhones(server);
    assertEquals(missing, []);
    assertEquals(
      devices.map(({ id, probe: { available, name } }) => [id, name, available]),
      [
        ["adb:R58M35ABCDE", "SM A525F", true],
        ["adb:192.168.0.7:5555", "Pixel 5", false],
        ["adb:0123456789", "a phone", false],
        ["adb:F00", "a phone", false],
      ],
    );
    const [ready, offline, unknown, forbidden] = devices.map(({ probe }) => probe.missing.join());
    assertEquals(ready, "");
    assertMatch(offline, /does not answer: plug it in anew/);
    assertMatch(unknown, /must trust this computer/);
    assertMatch(forbidden, /\(adb says: no permissions \(user in plugdev group/);
  });
});

Deno.test("no phone, no server and a server that refuses are told, never thrown", async () => {
  const told = async (turns: readonly Turn[]) => {
    let found = "";
    await withScript([turns], async (server) => {
      const { devices, missing } = await findPhones(server);
      assertEquals(devices, []);
      found = missing.join();
    });
    return found;
  };
  assertMatch(await told(answer("")), /knows no phone: see docs\/phones.md/);
  assertMatch(await told([ASKED, { send: bytes("FAIL", "0004", "what") }]), /adb says: what/);
  assertMatch(await told([ASKED, { send: bytes("HTTP") }]), /must be OKAY or FAIL/);
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const { devices, missing } = await findPhones({ hostname: "127.0.0.1", port });
  assertEquals(devices, []);
  assertMatch(missing.join(), /Cannot reach the adb server .*"adb start-server"/);
});
