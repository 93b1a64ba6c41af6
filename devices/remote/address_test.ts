import { assertEquals, assertThrows } from "@std/assert";
import { parseAdbAddress, parseSshAddress } from "./address.ts";

Deno.test("boards are named as ssh names them, with a port and a cluster", () => {
  assertEquals(parseSshAddress("board"), { host: "board" });
  assertEquals(parseSshAddress("pi@board.local"), { host: "board.local", user: "pi" });
  assertEquals(parseSshAddress("pi@10.0.0.2:2222#little"), {
    host: "10.0.0.2",
    user: "pi",
    port: 2222,
    cluster: "little",
  });
  assertEquals(parseSshAddress("[fe80::1%eth0]:22"), { host: "fe80::1%eth0", port: 22 });
});

Deno.test("phones are named as adb lists them, with a cluster", () => {
  assertEquals(parseAdbAddress("R58M35ABCDE"), { serial: "R58M35ABCDE" });
  assertEquals(parseAdbAddress("192.168.1.20:5555#all"), {
    serial: "192.168.1.20:5555",
    cluster: "all",
  });
  const wireless = "adb-14141FDF600081-QXjCrW._adb-tls-connect._tcp";
  assertEquals(parseAdbAddress(wireless), { serial: wireless });
});

Deno.test("what is no address is refused with what would be one", () => {
  const places = [
    "",
    "@board",
    "pi@",
    "pi@@board",
    "board:",
    "board:x",
    "a b",
    "a;b",
    "::1",
    "[::1",
  ];
  // An option in place of a name would be ssh's to act upon.
  for (const text of [...places, "-oProxyCommand=x", "-l@board", "pi@-board"]) {
    assertThrows(
      () => parseSshAddress(text),
      SyntaxError,
      `must be [USER@]HOST[:PORT][#CLUSTER]: current value is "${text}"`,
    );
  }
  assertThrows(() => parseSshAddress("board:0"), SyntaxError, "of a port from 1 to 65535");
  assertThrows(() => parseSshAddress("board:65536"), SyntaxError, "of a port from 1 to 65535");
  for (const text of ["board#huge", "board#", "board#big#little"]) {
    assertThrows(() => parseSshAddress(text), SyntaxError, "of a cluster big, mid, little, all");
  }
  for (const text of ["", "-s", "a b", "a\nb", "é", "x".repeat(201)]) {
    assertThrows(() => parseAdbAddress(text), SyntaxError, 'a serial that "adb devices" lists');
  }
});
