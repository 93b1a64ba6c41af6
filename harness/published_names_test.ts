import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../suites/datasets/testing.ts";
import { PublishedNames } from "./published_names.ts";

const BOARD = "ssh:alice@mars:2222#big";

Deno.test("devices have two names each, and those that tell nothing of anyone have one", () => {
  const names = new PublishedNames([["host", "AMD"], [BOARD, "Pi 4"], ["snapdragon-865", "x"]]);
  const id = names.published(BOARD);
  assert(/^ssh:pi-4-[0-9a-f]{6}#big$/.test(id), id);
  assertEquals(names.typed(id), BOARD);
  assertEquals(names.addresses, { [id]: BOARD });
  for (const other of ["host", "snapdragon-865", "rt3d"]) {
    assertEquals([names.published(other), names.typed(other)], [other, other]);
  }
  assertEquals(new PublishedNames([["host", "AMD"]]).addresses, undefined);
});

Deno.test("addresses in commands and in what ssh says give way to what the device is", () => {
  const names = new PublishedNames([[BOARD, "Pi 4"], ["host", "AMD"]]);
  const id = names.published(BOARD), word = id.slice("ssh:".length, -"#big".length);
  assertEquals(
    names.inText(`deno task bench c3d --devices host,'${BOARD}'`),
    `deno task bench c3d --devices host,'${id}'`,
  );
  assertEquals(
    names.inMessage(
      'Cannot log in to "alice@mars" (ssh says: connect to host mars port 2222, ' +
        "alice@mars: denied, 192.168.1.20). mars-2 and marsh are others",
    ),
    `Cannot log in to "${word}" (ssh says: connect to host ${word} port 2222, ` +
      `${word}: denied, (address)). mars-2 and marsh are others`,
  );
  assertEquals(names.inMessage(`copying to ${BOARD}: mars.`), `copying to ${id}: ${word}.`);
});

Deno.test("files of a person keep their last names in messages, those of the system their paths", () => {
  const names = new PublishedNames([["host", "AMD"]]);
  const home = ["", "home", "alice"].join("/"), other = ["", "Users", "alice"].join("/");
  const told: readonly (readonly [string, string])[] = [
    [`no ${home}/.cache/kerf/a.plan: gone`, "no a.plan: gone"],
    [`in "${other}" is nothing`, 'in "~" is nothing'],
    ["/root, /tmp/kerf-x/input-0.f32", "~, input-0.f32"],
    [`open '${join(Deno.cwd(), "deep/net.onnx")}'`, "open 'net.onnx'"],
    ["chmod a+r /sys/class/powercap/x/energy_uj", "chmod a+r /sys/class/powercap/x/energy_uj"],
    [`7.0${home}, 1.2.3.4 is a version`, `7.0${home}, 1.2.3.4 is a version`],
  ];
  for (const [text, expected] of told) assertEquals(names.inMessage(text), expected);
});

Deno.test("of a record only messages are told anew", () => {
  const names = new PublishedNames([["ssh:conv1", "Board"]]);
  const event = {
    layers: [{ name: "conv1", ns: 1 }],
    error: { case: "conv1", message: "conv1 is off" },
    readings: [{ operator: "conv1", unavailable: "conv1 has none" }],
    notes: ["on conv1"],
  };
  const word = names.published("ssh:conv1").slice("ssh:".length);
  assertEquals(names.inMessagesOf(event), {
    layers: [{ name: "conv1", ns: 1 }],
    error: { case: "conv1", message: `${word} is off` },
    readings: [{ operator: "conv1", unavailable: `${word} has none` }],
    notes: [`on ${word}`],
  });
});

Deno.test("one program is not compared with itself under two paths", async () => {
  await withFolder(async (folder) => {
    const paths = [join(folder, "engine"), join(folder, "b", "engine")];
    await Deno.mkdir(join(folder, "b"));
    for (const path of paths) await Deno.writeTextFile(path, "same");
    assertThrows(
      () => new PublishedNames(paths.map((path) => [`peer:${path}`, "engine"] as const)),
      RangeError,
      "both are the same device, peer:engine-",
    );
  });
});
