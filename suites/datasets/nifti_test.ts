import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { Random } from "../../graph/random.ts";
import { type NiftiVolume, parseNifti, readNifti, toUnitRange } from "./nifti.ts";
import { withFolder } from "./testing.ts";
import { VOXEL_TYPES, writtenNifti } from "./volumes_testing.ts";

const small = writtenNifti({ extents: [2, 3, 2], values: new Array(12).fill(7) });

/** A copy of `small` in which something is different. */
function changed(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = small.slice();
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

Deno.test("what was written is read, whatever the type, byte order, extents and packing", async () => {
  for (const [i, type] of VOXEL_TYPES.entries()) {
    const { name, range: [low, high] } = type;
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(seed, name);
      const extents = [0, 1, 2].map(() => 1 + random.integer(6));
      const [X, Y, Z] = extents;
      const values = Array.from({ length: X * Y * Z }, (_, at) => {
        if (at < 2) return [low, high][at];
        const value = low + (high - low) * random.uniform();
        return name === "float64"
          ? value
          : name === "float32"
          ? Math.fround(value)
          : Math.floor(value);
      });
      const slope = seed % 3 === 0 ? 0 : 0.5 + i, intercept = seed % 3 === 0 ? 99 : -3;
      const bytes = writtenNifti({
        extents: seed % 4 === 3 ? [...extents, 1] : extents,
        type,
        values,
        little: seed % 2 === 0,
        slope,
        intercept,
        offset: seed % 5 === 0 ? 368 : 352,
      });
      const volume = await parseNifti(seed % 3 === 1 ? gzipSync(bytes) : bytes, "volume.nii");
      assertEquals(volume.shape, [X, Y, Z]);
      assertEquals(volume.datatype, name);
      assertEquals(volume.spacing, [0.5, 2, 3]);
      for (let x = 0; x < X; x++) {
        for (let y = 0; y < Y; y++) {
          for (let z = 0; z < Z; z++) {
            const raw = values[x + X * (y + Y * z)];
            const expected = slope === 0 ? raw : slope * raw + intercept;
            assertEquals(volume.values[(x * Y + y) * Z + z], Math.fround(expected));
          }
        }
      }
    }
  }
});

Deno.test("a file that leaves the place of its voxels open has them behind the header", async () => {
  const { values } = await parseNifti(changed((view) => view.setFloat32(108, 0, true)), "v.nii");
  assertEquals([...new Set(values)], [7]);
});

Deno.test("values are brought to 0..1", () => {
  assertEquals([...toUnitRange(Float32Array.of(-2, 0, 2, NaN, Infinity))], [0, 0.5, 1, 0, 0]);
  assertEquals([...toUnitRange(Float32Array.of(3, 3))], [0, 0]);
  assertEquals(toUnitRange(new Float32Array()).length, 0);
});

Deno.test("other and damaged files are told by name, what they must be and what they are", async () => {
  const cases: [Uint8Array, typeof RangeError | typeof SyntaxError, string][] = [
    [new Uint8Array(), SyntaxError, "its header must have 348 bytes: current value is 0 bytes"],
    [small.subarray(0, 347), SyntaxError, "current value is 347 bytes"],
    [changed((view) => view.setInt32(0, 5, true)), SyntaxError, "the size of its header, 348"],
    [changed((view) => view.setInt32(0, 540, false)), RangeError, "current value is NIfTI-2"],
    [changed((view) => view.setUint8(345, 0x78)), SyntaxError, 'its magic must be "n+1"'],
    [
      changed((_, bytes) => bytes.set(new TextEncoder().encode("ni1"), 344)),
      RangeError,
      "the header of a pair",
    ],
    [changed((view) => view.setInt16(40, 0, true)), SyntaxError, "1 to 7 dimensions"],
    [changed((view) => view.setInt16(40, 2, true)), RangeError, "current value is [2,3]"],
    [changed((view) => view.setInt16(44, -3, true)), SyntaxError, "current value is [2,-3,2]"],
    [
      writtenNifti({ extents: [2, 1, 1, 2], values: [1, 2, 3, 4] }),
      RangeError,
      "one volume of three dimensions: current value is [2,1,1,2]",
    ],
    [changed((view) => view.setInt16(70, 128, true)), RangeError, "RGB24 (code 128)"],
    [changed((view) => view.setInt16(70, 3, true)), RangeError, "unknown (code 3)"],
    [changed((view) => view.setInt16(72, 16, true)), SyntaxError, "must have 8 bits"],
    [changed((view) => view.setFloat32(108, 348, true)), SyntaxError, "at byte 352 or later"],
    [changed((view) => view.setFloat32(108, NaN, true)), SyntaxError, ""],
    [changed((view) => view.setFloat32(108, -8, true)), SyntaxError, "current value is -8"],
    [changed((view) => view.setFloat32(108, 1e30, true)), SyntaxError, "must be 12 bytes"],
    [
      small.subarray(0, small.length - 1),
      SyntaxError,
      "must be 12 bytes: current value is 11 bytes",
    ],
    [gzipSync(small).subarray(0, 40), SyntaxError, "it must be sound gzip"],
    [Uint8Array.of(0x1f, 0x8b, 1, 2, 3), SyntaxError, "it must be sound gzip"],
  ];
  for (const [bytes, kind, message] of cases) {
    const error = await assertRejects(() => parseNifti(bytes, "scan.nii"), kind);
    assertStringIncludes(error.message, 'Cannot read volume "scan.nii" as ');
    assertStringIncludes(error.message, message);
  }
});

Deno.test("whatever bytes a file has, it is read or refused", async () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = new Random(seed, "damage");
    const bytes = changed((_, bytes) => {
      for (let i = random.integer(6); i >= 0; i--) {
        // Where the fields are that are read.
        const at = [0, 40 + random.integer(16), 70 + random.integer(4), 108 + random.integer(12)];
        bytes[at[random.integer(4)]] = random.integer(256);
      }
    });
    try {
      const { shape, values } = await parseNifti(bytes, "scan.nii", { mostBytes: 1e6 });
      assertEquals(values.length, shape.reduce((a, b) => a * b));
    } catch (error) {
      assert(error instanceof RangeError || error instanceof SyntaxError, `${seed}: ${error}`);
      assertStringIncludes(error.message, 'Cannot read volume "scan.nii" as ');
    }
  }
});

Deno.test("no more memory is taken than is allowed", async () => {
  const huge = changed((view) =>
    [3, 2000, 2000, 2000].forEach((one, i) => view.setInt16(40 + 2 * i, one, true))
  );
  await assertRejects(
    () => parseNifti(huge, "huge.nii"),
    RangeError,
    'Cannot read volume "huge.nii" as it must have 1073741824 bytes or less: current value is ' +
      "2000x2000x2000 voxels of uint8",
  );
  await assertRejects(
    () => parseNifti(gzipSync(new Uint8Array(100_000)), "bomb.nii.gz", { mostBytes: 50_000 }),
    RangeError,
    "it must have 50000 bytes or less: current value is more when unpacked",
  );
});

Deno.test("files are read from disk, and what is none is refused", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/scan.nii.gz`, gzipSync(small));
    assertEquals((await readNifti(`${folder}/scan.nii.gz`)).shape, [2, 3, 2]);
    await assertRejects(() => readNifti(`${folder}/none.nii`), RangeError, "no such file");
    await assertRejects(() => readNifti(folder), RangeError, "current value is a folder");
    const options = { mostBytes: 10 };
    await assertRejects(() => readNifti(`${folder}/scan.nii.gz`, options), RangeError, "10 bytes");
  });
});

const head = new URL("../../../shared/data/mri3d/t1_crop.nii.gz", import.meta.url);

Deno.test({
  name: "a real scan of a head is read (needs ../shared)",
  ignore: !await Deno.stat(head).then(() => true, () => false),
  async fn() {
    const volume: NiftiVolume = await readNifti(head.pathname);
    assertEquals([volume.shape, volume.datatype], [[256, 256, 256], "uint8"]);
    assertEquals(volume.spacing, [1, 1, 1]);
    const values = toUnitRange(volume.values);
    const most = values.reduce((a, b) => Math.max(a, b));
    assertEquals([values.reduce((a, b) => Math.min(a, b)), most], [0, 1]);
    // Air in the corners; the head is brighter than half of the volume's mean, which has air in it.
    const at = (x: number, y: number, z: number) => values[(x * 256 + y) * 256 + z];
    for (const corner of [at(2, 2, 2), at(253, 2, 253), at(2, 253, 253)]) assertLess(corner, 0.1);
    const mean = values.reduce((a, b) => a + b) / values.length;
    assert(mean > 0.02 && mean < 0.4);
    assertAlmostEquals(at(128, 128, 128), volume.values[(128 * 256 + 128) * 256 + 128] / 255, 0.1);
  },
});
