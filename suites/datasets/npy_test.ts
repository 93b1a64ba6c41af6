import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { openNpy, parseNpy } from "./npy.ts";
import { c3dProtocol } from "./protocol.ts";
import { npyFile, npyHeader, withFolder } from "./testing.ts";

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

// Files written by NumPy 2.4 (`numpy.lib.format.write_array` with each version), in base64.
const VERSION_1 =
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIs" +
  "IDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=";
const VERSION_2 =
  "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAo" +
  "NCwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAoAAAAAAADgvwAAAAAAAOA/AAAAAAAA+D8AAAAAAAAEQA==";
const VERSION_3 =
  "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAo" +
  "MSwgMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAr6+/z9/v8=";
const FORTRAN =
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwg" +
  "MyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAoAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8=";
const BIG_ENDIAN =
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIs" +
  "KSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAo/gAAAP4AAAA==";
const RECORDS =
  "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpLCAoJ2InLCAnfHUxJyldLCAnZm9ydHJhbl9vcmRl" +
  "cic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
  "IAoAAAAAAAAAAAAA";

Deno.test("parseNpy() reads what NumPy wrote in format versions 1, 2 and 3", () => {
  assertEquals(parseNpy(bytes(VERSION_1), "1.npy"), {
    dtype: "<f4",
    shape: [2, 3],
    data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25),
  });
  assertEquals(parseNpy(bytes(VERSION_2), "2.npy"), {
    dtype: "<f8",
    shape: [4],
    data: Float64Array.of(-0.5, 0.5, 1.5, 2.5),
  });
  assertEquals(parseNpy(bytes(VERSION_3), "3.npy"), {
    dtype: "|u1",
    shape: [1, 2, 3],
    data: Uint8Array.of(250, 251, 252, 253, 254, 255),
  });
});

Deno.test("parseNpy() refuses Fortran order, big-endian numbers and records", () => {
  assertThrows(
    () => parseNpy(bytes(FORTRAN), "f.npy"),
    TypeError,
    'Cannot read array "f.npy" as its order must be C (save numpy.ascontiguousarray(a)): ' +
      "current value is Fortran",
  );
  assertThrows(
    () => parseNpy(bytes(BIG_ENDIAN), "b.npy"),
    TypeError,
    'Cannot read array "b.npy" as its dtype must be <f4, <f8, |u1 (float32, float64, uint8): ' +
      "current value is >f4",
  );
  assertThrows(() => parseNpy(bytes(RECORDS), "r.npy"), SyntaxError, "a plain descr");
});

Deno.test("parseNpy() gives back any shape and values, at any alignment", () => {
  const random = new Random(41, "npy");
  for (let i = 0; i < 60; i++) {
    const shape = Array.from({ length: random.integer(5) }, () => random.integer(5));
    const size = shape.reduce((a, b) => a * b, 1);
    const [dtype, data] = ([
      ["<f4", Float32Array.from({ length: size }, () => random.normal())],
      ["<f8", Float64Array.from({ length: size }, () => random.normal())],
      ["|u1", Uint8Array.from({ length: size }, () => random.integer(256))],
    ] as const)[i % 3];
    const header = npyHeader(dtype, shape) + " ".repeat(random.integer(9)) + "\n";
    assertEquals<unknown>(parseNpy(npyFile(header, data), "any.npy"), { dtype, shape, data });
  }
});

Deno.test("parseNpy() says what is wrong with a malformed file", () => {
  const header = npyHeader("<f4", [2]);
  const file = npyFile(header, Float32Array.of(1, 2));
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(), "its first bytes must be"],
    [new TextEncoder().encode("PK\x03\x04 an archive"), "its first bytes must be"],
    [file.slice(0, 8), "it must have 10 bytes or more: current value is 8 bytes"],
    [file.slice(0, 40), `the ${header.length} bytes that it announces: current value is 30 bytes`],
    [file.slice(0, -1), "the data of its shape [2] must be 8 bytes: current value is 7 bytes"],
    [file.with(6, 9), "its format version must be 1, 2 or 3: current value is 9"],
    [npyFile("{'descr': '<f4'}", new Uint8Array()), "fortran_order and shape"],
    [npyFile(header.replace("(2,)", "(-2,)"), new Uint8Array(8)), "fortran_order and shape"],
    [npyFile(header.replace("2", "9".repeat(30)), new Uint8Array(8)), "current value is 8 bytes"],
  ];
  for (const [malformed, message] of cases) {
    assertThrows(() => parseNpy(malformed, "m.npy"), SyntaxError, message);
    assertThrows(() => parseNpy(malformed, "m.npy"), SyntaxError, 'Cannot read array "m.npy"');
  }
});

Deno.test("parseNpy() answers damaged files with an array or one of its errors", () => {
  const random = new Random(42, "damage");
  const files = [VERSION_1, VERSION_2, VERSION_3].map(bytes);
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const file = files[i % 3].slice();
    // Mostly in the header, where it matters.
    for (let k = 0; k <= i % 3; k++) file[random.integer(70)] = random.integer(256);
    const damaged = i % 4 === 0 ? file.slice(0, random.integer(file.length)) : file;
    try {
      const { shape, data } = parseNpy(damaged, "damaged.npy");
      assertEquals(data.length, shape.reduce((a, b) => a * b, 1));
    } catch (error) {
      assert(error instanceof SyntaxError || error instanceof TypeError, String(error));
      assert(error.message.startsWith('Cannot read array "damaged.npy" as '), error.message);
      refused++;
    }
  }
  assert(refused > 1000, `only ${refused} refused`);
});

Deno.test("openNpy() uses a float clip as it is, with or without the batch axis", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/clip.npy`;
    const random = new Random(43, "clip");
    const data = Float32Array.from({ length: 3 * 16 * 112 * 112 }, () => random.normal());
    for (const shape of [[3, 16, 112, 112], [1, 3, 16, 112, 112]]) {
      await Deno.writeFile(path, npyFile(npyHeader("<f4", shape), data));
      const clip = await openNpy(path, c3dProtocol);
      assert("tensor" in clip);
      assertEquals(clip.tensor.shape, [1, 3, 16, 112, 112]);
      assertEquals(clip.tensor.data, data);
      assertEquals(
        clip.description,
        `array ${folder.split("/").at(-1)}/clip.npy (<f4 [${shape}], used as it is)`,
      );
    }
  });
});

Deno.test("openNpy() takes uint8 arrays as the frames of a video", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/frames.npy`;
    const data = Uint8Array.from({ length: 2 * 2 * 1 * 3 }, (_, i) => i);
    await Deno.writeFile(path, npyFile(npyHeader("|u1", [2, 2, 1, 3]), data));
    const colour = await openNpy(path, c3dProtocol);
    assert("read" in colour);
    assertEquals(await Array.fromAsync(colour.read({ first: 1, count: 1 })), [
      { height: 2, width: 1, data: Uint8Array.of(6, 7, 8, 9, 10, 11) },
    ]);
    await Deno.writeFile(path, npyFile(npyHeader("|u1", [6, 1, 2]), data));
    const gray = await openNpy(path, c3dProtocol);
    assert("read" in gray);
    assertEquals(await Array.fromAsync(gray.read({ first: 5, count: 1 })), [
      { height: 1, width: 2, data: Uint8Array.of(10, 10, 10, 11, 11, 11) },
    ]);
  });
});

Deno.test("openNpy() refuses other shapes, types for shapes, and values that are not finite", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/bad.npy`;
    const accepted = "as its shape must be [1,3,16,112,112] or [3,16,112,112] for floats, " +
      "[T,H,W,3] or [T,H,W] for uint8: current value is ";
    const cases: [string, number[], string][] = [
      ["<f4", [3, 16, 112], accepted + "<f4 [3,16,112]"],
      ["<f4", [16, 8, 8, 3], accepted + "<f4 [16,8,8,3]"],
      ["|u1", [1, 3, 16, 112, 112], accepted + "|u1 [1,3,16,112,112]"],
      ["|u1", [2, 8, 8, 4], accepted + "|u1 [2,8,8,4]"],
      ["|u1", [0, 8, 8], accepted + "|u1 [0,8,8]"],
    ];
    for (const [dtype, shape, message] of cases) {
      const size = shape.reduce((a, b) => a * b, 1) * (dtype === "<f4" ? 4 : 1);
      await Deno.writeFile(path, npyFile(npyHeader(dtype, shape), new Uint8Array(size)));
      await assertRejects(
        () => openNpy(path, c3dProtocol),
        RangeError,
        `Cannot load clip "${path}" ${message}`,
      );
    }
    // Finite as float64, but not as the float32 that the network takes.
    const data = new Float64Array(3 * 16 * 112 * 112);
    data[5] = 1e300;
    await Deno.writeFile(path, npyFile(npyHeader("<f8", [3, 16, 112, 112]), data));
    await assertRejects(
      () => openNpy(path, c3dProtocol),
      RangeError,
      "its values must be finite float32: current value is 1e+300 at index 5",
    );
  });
});
