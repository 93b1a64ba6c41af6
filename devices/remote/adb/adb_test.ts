/**
 * The adb server's protocol, byte by byte, as Android's `SERVICES.TXT`, `SYNC.TXT` and
 * `shell_protocol.h` have it.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Random } from "../../../graph/random.ts";
import { bytes, type Turn, withScript } from "../testing/scripted_server.ts";
import { RemoteError } from "../transport.ts";
import { openAdb } from "./adb.ts";
import { parseAdbServer } from "./socket.ts";

const FEATURES: readonly Turn[] = [
  { expect: bytes("001bhost-serial:PHONE1:features") },
  { send: bytes("OKAY", "0014", "shell_v2,cmd,stat_v2") },
];
const SWITCH: readonly Turn[] = [
  { expect: bytes("0015host:transport:PHONE1") },
  { send: bytes("OKAY") },
];
const SYNC: readonly Turn[] = [
  ...SWITCH,
  { expect: bytes("0005sync:") },
  { send: bytes("OKAY") },
];

const adb = (server: { hostname: string; port: number }) => openAdb(server, "PHONE1");

Deno.test("a command's output, errors and code come apart, in pieces as they come", async () => {
  const shell: readonly Turn[] = [
    ...SWITCH,
    { expect: bytes("0019shell,v2,raw:echo 'a b c'") },
    { send: bytes("OK") },
    { send: bytes("AY", [1, 4, 0, 0, 0], "out ") },
    { send: bytes([2, 6, 0, 0, 0], "err") },
    { send: bytes("or!", [1, 3, 0, 0, 0], "put", [1, 0, 0, 0, 0], [3, 1, 0, 0, 0, 137]) },
  ];
  await withScript([FEATURES, shell], async (server) => {
    await using transport = adb(server);
    const command = await transport.start("echo 'a b c'");
    assertEquals(await new Response(command.stdout).text(), "out put");
    assertEquals(await command.ended, { code: 137, stderr: "error!" });
  });
});

Deno.test("input is ended by a packet of its own, and features are asked for once", async () => {
  const shell: readonly Turn[] = [
    ...SWITCH,
    { expect: bytes("0013shell,v2,raw:read _") },
    { send: bytes("OKAY") },
    { expect: bytes([4, 0, 0, 0, 0]) },
    { send: bytes([3, 1, 0, 0, 0, 0]) },
  ];
  await withScript([FEATURES, shell, shell], async (server) => {
    await using transport = adb(server);
    for (let i = 0; i < 2; i++) {
      const command = await transport.start("read _");
      await command.endInput();
      assertEquals((await command.ended).code, 0);
      await command.stdout.cancel();
    }
  });
});

Deno.test("a file is pushed in pieces of 64 KiB, and read back", async () => {
  const content = new Uint8Array(150_000);
  const random = new Random(1, "content");
  for (let i = 0; i < content.length; i++) content[i] = random.integer(256);
  const piece = (from: number, to: number) => content.subarray(from, to);
  const path = "/data/local/tmp/a,b";
  const push: readonly Turn[] = [
    ...SYNC,
    // 0100755 is 33261
    { expect: bytes("SEND", [25, 0, 0, 0], `${path},33261`) },
    { expect: bytes("DATA", [0, 0, 1, 0], piece(0, 65536)) },
    { expect: bytes("DATA", [0, 0, 1, 0], piece(65536, 131072)) },
    { expect: bytes("DATA", [0xf0, 0x49, 0, 0], piece(131072, 150000)) },
    { expect: bytes("DONE") },
    { skip: 4 }, // the time, in seconds
    { send: bytes("OKAY", [0, 0, 0, 0]) },
  ];
  const pull: readonly Turn[] = [
    ...SYNC,
    { expect: bytes("RECV", [19, 0, 0, 0], path) },
    { send: bytes("DATA", [0, 0, 1, 0], piece(0, 65536), "DATA", [0x70, 0x11, 1, 0]) },
    { send: piece(65536, 135536) },
    { send: bytes("DATA", [0x80, 0x38, 0, 0], piece(135536, 150000), "DONE", [0, 0, 0, 0]) },
  ];
  await withScript([push, pull], async (server) => {
    await using transport = adb(server);
    const told: number[] = [];
    const onProgress = (fraction: number) => told.push(fraction);
    await transport.push(new Blob([content]), path, { onProgress });
    assertEquals(told.at(-1), 1);
    assertEquals(await transport.pull(path), content);
  });
});

Deno.test("a file's size is known, and that there is none", async () => {
  const stat = (mode: readonly number[], size: readonly number[]): readonly Turn[] => [
    ...SYNC,
    { expect: bytes("STAT", [4, 0, 0, 0], "/a/b") },
    { send: bytes("STAT", mode, size, [1, 2, 3, 4]) },
  ];
  const zero = [0, 0, 0, 0];
  await withScript(
    [stat([0xed, 0x81, 0, 0], [0x15, 0xcd, 0x5b, 7]), stat(zero, zero)],
    async (s) => {
      await using transport = adb(s);
      assertEquals(await transport.size("/a/b"), 123456789);
      assertEquals(await transport.size("/a/b"), undefined);
    },
  );
});

Deno.test("a phone that is full says so, also while it is still written to", async () => {
  const said = "couldn't create file: No space left on device";
  const fail = bytes("FAIL", [said.length, 0, 0, 0], said);
  const ask = { expect: bytes("SEND", [10, 0, 0, 0], "/a/b,33261") };
  const atOnce: readonly Turn[] = [...SYNC, ask, { send: fail }];
  const atTheEnd: readonly Turn[] = [
    ...SYNC,
    ask,
    { expect: bytes("DATA", [3, 0, 0, 0], "abc", "DONE") },
    { skip: 4 },
    { send: fail },
  ];
  await withScript([atOnce, atTheEnd], async (server) => {
    await using transport = adb(server);
    const message = `Cannot write /a/b: ${said}`;
    const large = new Blob([new Uint8Array(50_000_000)]);
    await assertRejects(() => transport.push(large, "/a/b"), RemoteError, message);
    await assertRejects(() => transport.push(new Blob(["abc"]), "/a/b"), RemoteError, message);
  });
});

Deno.test("a file that cannot be read is told in the phone's words", async () => {
  const said = "open failed: Permission denied";
  const pull: readonly Turn[] = [
    ...SYNC,
    { expect: bytes("RECV", [4, 0, 0, 0], "/a/b") },
    { send: bytes("FAIL", [said.length, 0, 0, 0], said) },
  ];
  await withScript([pull], async (server) => {
    await using transport = adb(server);
    await assertRejects(() => transport.pull("/a/b"), RemoteError, `Cannot read /a/b: ${said}`);
  });
});

Deno.test("what keeps us from a phone is told with what to do about it", async () => {
  for (
    const [said, message] of [
      ["device 'PHONE1' not found", 'Cannot find "PHONE1": "adb devices" lists what is there'],
      [
        "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set",
        "confirm the question on its screen (adb says: device unauthorized.)",
      ],
      ["device offline", "plug it in anew"],
      ["device still authorizing", "plug it in anew"],
      ["something new", 'Cannot use "PHONE1" (adb says: something new)'],
    ]
  ) {
    const length = said.length.toString(16).padStart(4, "0");
    const refused: readonly Turn[] = [FEATURES[0], { send: bytes("FAIL", length, said) }];
    await withScript([refused], async (server) => {
      await using transport = adb(server);
      await assertRejects(() => transport.start("true"), RemoteError, message);
    });
  }
});

Deno.test("a phone whose shell has no protocol, and a server that is none, are refused", async () => {
  const old: readonly Turn[] = [FEATURES[0], { send: bytes("OKAY", "0003", "cmd") }];
  await withScript([old], async (server) => {
    await using transport = adb(server);
    await assertRejects(() => transport.start("true"), RemoteError, "must have Android 7 or newer");
  });
  const stranger: readonly Turn[] = [FEATURES[0], { send: bytes("HTTP/1.1 400") }];
  await withScript([stranger], async (server) => {
    await using transport = adb(server);
    const message = 'its answer must be OKAY or FAIL: current value is "HTTP"';
    await assertRejects(() => transport.start("true"), RemoteError, message);
  });
});

Deno.test("a phone that goes away is told, whatever was going on", async () => {
  const gone = 'Cannot go on as the connection to "PHONE1" broke';
  const shell: readonly Turn[] = [
    ...SWITCH,
    { expect: bytes("0011shell,v2,raw:true") },
    { send: bytes("OKAY", [1, 9, 0, 0, 0], "half") },
  ];
  const pull: readonly Turn[] = [
    ...SYNC,
    { expect: bytes("RECV", [4, 0, 0, 0], "/a/b") },
    { send: bytes("DATA", [9, 0, 0, 0], "half") },
  ];
  await withScript([FEATURES, shell, pull, SYNC], async (server) => {
    await using transport = adb(server);
    const command = await transport.start("true");
    await assertRejects(() => new Response(command.stdout).text(), RemoteError, gone);
    await assertRejects(() => command.ended, RemoteError, gone);
    await assertRejects(() => transport.pull("/a/b"), RemoteError, gone);
    await assertRejects(() => transport.size("/a/b"), RemoteError, gone);
  });
});

Deno.test("without an adb server it is told how to start one", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await using transport = openAdb({ hostname: "127.0.0.1", port }, "PHONE1");
  const message =
    `Cannot reach the adb server at 127.0.0.1:${port}: start it by "adb start-server"`;
  await assertRejects(() => transport.size("/a"), RemoteError, message);
});

Deno.test("the server's place is read as adb reads it", () => {
  assertEquals(parseAdbServer(), { hostname: "127.0.0.1", port: 5037 });
  assertEquals(parseAdbServer("tcp:5038"), { hostname: "127.0.0.1", port: 5038 });
  assertEquals(parseAdbServer("tcp:localhost:5038"), { hostname: "127.0.0.1", port: 5038 });
  assertEquals(parseAdbServer("tcp:10.0.0.2:5038"), { hostname: "10.0.0.2", port: 5038 });
  assertEquals(parseAdbServer("tcp:[::1]:5038"), { hostname: "::1", port: 5038 });
  assertEquals(parseAdbServer("localfilesystem:/run/adb"), { transport: "unix", path: "/run/adb" });
  for (const wrong of ["5037", "tcp:", "tcp:0", "tcp:70000", "udp:1", "localfilesystem:"]) {
    assertThrows(() => parseAdbServer(wrong), SyntaxError, `current value is "${wrong}"`);
  }
});

Deno.test("a phone that does not answer is given up when it is asked for", async () => {
  // Each waits for a byte that never comes, until the connection is closed.
  const silent: readonly Turn[] = [...SYNC, { expect: bytes("STAT", [2, 0, 0, 0], "/a") }, {
    skip: 1,
  }];
  await withScript([[FEATURES[0], { skip: 1 }], silent], async (server) => {
    await using transport = adb(server);
    for (const ask of ["start", "size"] as const) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error("enough of it")), 50);
      await assertRejects(() => transport[ask]("/a", stop), Error, "enough of it");
    }
  });
});
