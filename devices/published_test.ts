import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join, relative } from "node:path";
import { publishDevice } from "./published.ts";
import { DEVICES } from "./registry.ts";

/** Sum of `ssh:pi@board` by `sha256sum`. */
const BOARD = "8a8bcc";

Deno.test("boards and phones are called by what they are, a hash and the cluster", () => {
  const { id } = publishDevice("ssh:pi@board#big", "Raspberry Pi 4 Model B Rev 1.4, ");
  assertEquals(id, `ssh:raspberry-pi-4-model-b-rev-1-4-${BOARD}#big`);
  assertEquals(publishDevice("ssh:pi@board", "").id, `ssh:${BOARD}`);
  assertMatch(publishDevice("adb:R58M35ABCDE", "samsung SM-G981B").id, /^adb:samsung-sm-g981b-/);
});

Deno.test("two boards of one model differ, and one board is the same on all its clusters", () => {
  const hash = (id: string) => /-([0-9a-f]{6})(#|$)/.exec(publishDevice(id, "Board").id)?.[1];
  const places = ["ssh:a", "ssh:b", "ssh:me@a", "ssh:a:2222", "adb:a"].map(hash);
  assertEquals(new Set(places).size, places.length);
  assert(places.every((place) => place !== undefined));
  assertEquals(hash("ssh:me@a#big"), hash("ssh:me@a#little"));
});

Deno.test("no published id holds a part of the address, whatever it is", () => {
  const addresses = [
    "ssh:alice@mars",
    "ssh:alice@10.1.2.3:2222#all",
    "ssh:[fe80::1]",
    "adb:X1:5555",
  ];
  for (const address of addresses) {
    const { id, secrets } = publishDevice(address, "Board");
    assert(secrets.length > 0);
    for (const secret of secrets) assert(!id.includes(secret), `${id} tells ${secret}`);
  }
});

Deno.test("a peer of one's own is called by its name and the hash of its file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "engine");
    await Deno.writeTextFile(path, "abc");
    const { id, secrets } = publishDevice(`peer:${path}`, "any");
    assertEquals(id, "peer:engine-ba7816"); // the published test vector of SHA-256
    assert(secrets.includes(path));
    const short = publishDevice(`peer:${relative(Deno.cwd(), path)}`, "any");
    assertEquals([short.id, short.secrets.includes(path)], [id, true]);
    await Deno.writeTextFile(path, "abd");
    assertNotEquals(publishDevice(`peer:${path}`, "any").id, id);
    assertEquals(publishDevice(`peer:${join(folder, "no-such")}`, "any").id, "peer:no-such");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("of every kind of device it is known whether what is typed behind its colon is private", () => {
  const kinds: Readonly<Record<string, readonly [rest: string, isPrivate: boolean]>> = {
    "opencl:": ["0:fp16", false],
    "coexec:": ["0:gpu", false],
    "ssh:": ["me@here", true],
    "adb:": ["SERIAL", true],
    "peer:": ["./engines/mine", true],
  };
  for (const { id } of DEVICES) {
    const [rest, isPrivate] = id.endsWith(":") ? kinds[id] : ["", false];
    assertEquals(publishDevice(id + rest, "Model").id !== id + rest, isPrivate, id);
  }
});
