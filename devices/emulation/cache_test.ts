/**
 * The model of the caches (`kernels/emulation/`) on patterns whose misses are known.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Random } from "../../graph/random.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { referenceFlow } from "./testing/reference_cache.ts";
import { type Access, encodeStream, kerfCache, replay } from "./testing/replay.ts";

const KIB = 1024;

/** 1 KiB of four ways, then 8 KiB of eight. */
const SMALL: Hierarchy = {
  lineBytes: 64,
  prefetchLines: 0,
  cores: 1,
  levels: [
    { name: "l1d", bytes: KIB, ways: 4, shared: false },
    { name: "l2", bytes: 8 * KIB, ways: 8, shared: false },
  ],
};
/** Two cores with a first level each, and a second that they share. */
const TWO: Hierarchy = {
  ...SMALL,
  cores: 2,
  levels: [SMALL.levels[0], { ...SMALL.levels[1], shared: true }],
};

/** Accesses to `count` places, `step` bytes apart. */
function walk(count: number, step: number, options: Partial<Access> = {}): Access[] {
  return Array.from({ length: count }, (_, i) => ({ ...options, address: i * step }));
}

Deno.test("a stream misses once for each line, whatever the size of its accesses", async () => {
  for (const bytes of [1, 4, 8, 16]) {
    const stream = walk(64 * KIB / bytes, bytes, { bytes });
    const [{ accesses, demand }] = await replay(SMALL, stream);
    assertEquals(accesses, stream.length);
    assertEquals(demand.misses, [KIB, KIB]);
    assertEquals([demand.dramRead, demand.dramWritten], [64 * KIB, 0]);
  }
});

Deno.test("a stride of a line or more misses at each access", async () => {
  for (const step of [64, 128, 4096]) {
    const [{ demand }] = await replay(SMALL, walk(500, step));
    assertEquals(demand.misses, [500, 500]);
  }
});

Deno.test("a block that fits is missed once, however often it is walked", async () => {
  const twice = (bytes: number) => Array(5).fill(walk(bytes / 4, 4)).flat();
  const [inFirst] = await replay(SMALL, twice(KIB));
  assertEquals(inFirst.demand.misses, [16, 16]);
  const [inSecond] = await replay(SMALL, twice(8 * KIB));
  assertEquals(inSecond.demand.misses, [5 * 128, 128]); // in order and too long: the first keeps none
});

Deno.test("one line more than a set has ways misses always, as many as it has never again", async () => {
  const setStride = 4 * 64; // four sets
  const thrashing = Array(10).fill(walk(5, setStride)).flat();
  assertEquals((await replay(SMALL, thrashing))[0].demand.misses, [50, 5]);
  const fitting = Array(10).fill(walk(4, setStride)).flat();
  assertEquals((await replay(SMALL, fitting))[0].demand.misses, [4, 4]);
});

Deno.test("what was used last stays: the oldest line of a set goes", async () => {
  const at = (i: number): Access => ({ address: i * 256 });
  const [{ demand }] = await replay(SMALL, [0, 1, 2, 3, 0, 4, 0, 2, 1].map(at));
  assertEquals(demand.misses[0], 6); // 4 displaces 1, not 0, and 1 is missed again
});

Deno.test("stores read their line, and it is written when it leaves the last cache", async () => {
  const stream = walk(1024, 64, { store: true });
  const [{ demand }] = await replay(SMALL, stream);
  assertEquals(demand.dramRead, 1024 * 64);
  assertEquals(demand.writtenBack[0], 1024 - 16);
  assertEquals(demand.dramWritten, (1024 - 128) * 64); // all but what the last one still holds
  const [loads] = await replay(SMALL, walk(1024, 64));
  assertEquals([loads.demand.writtenBack, loads.demand.dramWritten], [[0, 0], 0]);
});

Deno.test("an access that straddles lines touches both", async () => {
  const [{ accesses, demand }] = await replay(SMALL, [
    { address: 56, bytes: 16 },
    { address: 0 },
    { address: 64 },
  ]);
  assertEquals([accesses, demand.misses[0]], [3, 2]);
});

Deno.test("a shared level serves what another core has brought or written", async () => {
  const lines = 16;
  const [first, second] = await replay(TWO, [
    ...walk(lines, 64, { core: 0, store: true }),
    ...walk(lines, 64, { core: 1 }),
  ]);
  assertEquals(first.demand.misses, [lines, lines]);
  assertEquals(second.demand.misses, [lines, 0]);
  assertEquals(second.demand.dramRead, 0);
});

Deno.test("a line that another core writes is lost, and one that both read is kept", async () => {
  const ping = (store: boolean) =>
    Array.from({ length: 100 }, (_, i): Access => ({ address: 0, core: i % 2, store }));
  const written = await replay(TWO, ping(true));
  assertEquals(written.map(({ demand }) => demand.misses), [[50, 1], [50, 0]]);
  const read = await replay(TWO, ping(false));
  assertEquals(read.map(({ demand }) => demand.misses), [[1, 1], [1, 0]]);
  // A store to a line that both hold takes it from the other.
  const [other, writer] = await replay(TWO, [
    { address: 0, core: 0 },
    { address: 0, core: 1 },
    { address: 0, core: 1, store: true },
    { address: 0, core: 0 },
  ]);
  assertEquals([other.demand.misses[0], writer.demand.misses[0]], [2, 1]);
});

Deno.test("without a shared level what another core has written comes through memory", async () => {
  const own = { ...SMALL, cores: 2 };
  const [, reader] = await replay(own, [{ address: 0, store: true }, { address: 0, core: 1 }]);
  assertEquals([reader.demand.dramWritten, reader.demand.dramRead], [64, 64]);
});

Deno.test("a prefetcher of next lines brings a stream ahead, and what it reads stands apart", async () => {
  const [{ demand, prefetch }] = await replay({ ...SMALL, prefetchLines: 1 }, walk(1024, 16));
  assertEquals(demand.misses, [128, 128]); // every other line of 256
  assertEquals([demand.dramRead, prefetch.dramRead], [128 * 64, 128 * 64]);
});

Deno.test("random streams move what the reference says", async () => {
  const random = new Random(1, "caches");
  for (let round = 0; round < 20; round++) {
    const power = (from: number, to: number) => 2 ** (from + random.integer(to - from + 1));
    const levels = ["l1d", "l2", "l3"].slice(0, 1 + random.integer(3)).map((name, i) => {
      const ways = 1 + random.integer(8);
      return { name, ways, bytes: 64 * ways * power(i, i + 3), shared: false };
    });
    const hierarchy: Hierarchy = { lineBytes: 64, prefetchLines: 0, cores: 1, levels };
    const reach = 64 * power(2, 10);
    let at = 0;
    const stream = Array.from({ length: 3000 }, (): Access => {
      at = random.integer(4) ? at + 4 * random.integer(8) : random.integer(reach);
      return { address: at, bytes: power(0, 4), store: random.integer(3) === 0 };
    });
    const [{ accesses, demand }] = await replay(hierarchy, stream);
    assertEquals(accesses, stream.length);
    assertEquals(demand, referenceFlow(hierarchy, stream), `round ${round}`);
  }
});

Deno.test("forms and streams that are none are refused with their line", async () => {
  const level = "level l1d 1024 4 own\n";
  const refused: [string, string][] = [
    ["line 48\ncores 1\n" + level, "line must be a power of two"],
    ["line 64\ncores 0\n" + level, "cores must be 1 to 64"],
    ["line 64\ncores 1\nlevel l1d 1024 3 own\n", "sets of a level must be a power of two"],
    ["line 64\ncores 1\nlevel l2 1024 4 shared\n", "first level must be each core's own"],
    ["line 64\ncores 1\n" + level + "level l2 4096 4 shared\n" + level, "must be shared"],
    ["line 64\ncores 1\n" + level.repeat(5), 'not understood: "level l1d 1024 4 own"'],
    ["lines 64\n", 'not understood: "lines 64"'],
  ];
  for (const [form, reason] of refused) {
    const { code, stderr } = await kerfCache(form, new Uint8Array());
    assertEquals(code, 1, form);
    assertStringIncludes(stderr, reason);
  }
  const form = "line 64\ncores 1\n" + level;
  const { code, stderr } = await kerfCache(form, encodeStream([{ address: 0, core: 1 }]));
  assertEquals(code, 1);
  assertStringIncludes(stderr, "is no access");
});
