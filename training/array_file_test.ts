import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readArrayFile, writeArrayFile } from "./array_file.ts";

/** Runs with a path in a folder that is removed afterwards. */
async function withPath(fn: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await fn(join(folder, "file.bin"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const header = { name: "ärger", list: [1, 0.1, -1e300] };
const arrays = new Map([
  ["a/b", Float32Array.of(1, -0, NaN, Infinity)],
  ["empty", new Float32Array()],
  ["c", new Float32Array(Float32Array.of(9, 8, 7, 6).buffer, 4, 2)],
]);

Deno.test("what was written is read, to the bit", async () => {
  await withPath(async (path) => {
    await writeArrayFile(path, { header, arrays });
    const read = (await readArrayFile(path, "file"))!;
    assertEquals(read.header, header);
    assertEquals([...read.arrays.keys()], [...arrays.keys()]);
    for (const [name, array] of arrays) {
      const bits = (a: Float32Array) => [...new Uint32Array(Float32Array.from(a).buffer)];
      assertEquals(bits(read.arrays.get(name)!), bits(array), name);
    }
    assertEquals((await Array.fromAsync(Deno.readDir(join(path, "..")))).length, 1);
  });
});

Deno.test("a file that is not there is undefined", async () => {
  await withPath(async (path) => assertEquals(await readArrayFile(path, "file"), undefined));
});

Deno.test("what another process left half-written is written over, what is there stays till then", async () => {
  await withPath(async (path) => {
    await writeArrayFile(path, { header: 1, arrays });
    await Deno.writeTextFile(`${path}.tmp`, "x".repeat(10_000));
    assertEquals((await readArrayFile(path, "file"))!.header, 1);
    await writeArrayFile(path, { header: 2, arrays });
    assertEquals((await readArrayFile(path, "file"))!.header, 2);
  });
});

Deno.test("a file cut short anywhere, or changed anywhere, is refused", async () => {
  await withPath(async (path) => {
    await writeArrayFile(path, { header, arrays });
    const bytes = await Deno.readFile(path);
    for (let length = 0; length < bytes.length; length++) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      const reason = length < 8 ? "it does not begin with" : "it is cut short";
      await assertRejects(() => readArrayFile(path, "file"), SyntaxError, reason);
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 0x10;
      await Deno.writeFile(path, changed);
      await assertRejects(() => readArrayFile(path, "file"), SyntaxError);
    }
    const changed = bytes.slice();
    changed[bytes.length - 40] ^= 1;
    await Deno.writeFile(path, changed);
    await assertRejects(
      () => readArrayFile(path, "checkpoint"),
      SyntaxError,
      `Cannot read checkpoint "${path}" as it is damaged: its checksum is not that of what it holds`,
    );
  });
});

Deno.test("a file that cannot be written leaves nothing behind", async () => {
  await withPath(async (path) => {
    await Deno.mkdir(path);
    await assertRejects(() => writeArrayFile(path, { header, arrays }));
    assertEquals((await Array.fromAsync(Deno.readDir(join(path, "..")))).length, 1);
  });
});
