import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { parseSoc } from "./soc.ts";
import { SOCS } from "./socs.ts";

/** An object or array of a file. */
type Raw = Record<string, unknown>;

async function file(id: string): Promise<Raw> {
  return JSON.parse(await Deno.readTextFile(new URL(`../socs/${id}.json`, import.meta.url)));
}

/** The file with another value at a path such as `"clusters.0.cores.value"`. */
async function changed(path: string, value: unknown): Promise<Raw> {
  const raw = await file("snapdragon-865"), names = path.split("."), last = names.pop()!;
  const at = names.reduce((inner, name) => inner[name] as Raw, raw);
  at[last] = value;
  return raw;
}

Deno.test("every file of a chip is on the list, under its own id", async () => {
  const files = [];
  for await (const { name } of Deno.readDir(new URL("../socs", import.meta.url))) files.push(name);
  assertEquals(SOCS.map(({ id }) => `${id}.json`).sort(), files.sort());
});

Deno.test("docs/emulation.md names every chip with its clusters", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/emulation.md", import.meta.url));
  for (const { id, clusters, defaultCluster } of SOCS) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${id}\` `));
    assert(row?.includes(`\`${defaultCluster.id}\`, ${defaultCluster.cores} x `), id);
    const others = clusters.filter((cluster) => cluster !== defaultCluster);
    assert(others.every((cluster) => row?.includes(`\`:${cluster.id}\``)), id);
  }
});

Deno.test("every number of a chip has a reference, and every reference is used", async () => {
  for (const { id, clusters, references } of SOCS) {
    const { references: texts } = await file(id);
    assertEquals(new Set(references.values()), new Set(Object.values(texts as Raw)), id);
    // Cores, clock, overlap, power, seven rates, seven energies: of each cluster, its caches apart.
    assertGreater(references.size, 18 * clusters.length);
  }
});

Deno.test("caches come from the core's own to those that all share", () => {
  const [soc] = SOCS, gold = soc.defaultCluster;
  assertEquals([soc.id, gold.id, gold.cores], ["snapdragon-865", "gold", 3]);
  assertEquals(gold.levels.map(({ name, bytes, shared }) => [name, bytes / 1024, shared]), [
    ["l1d", 64, false],
    ["l2", 256, false],
    ["l3", 4096, true],
    ["slc", 3072, true],
  ]);
  for (const { clusters, memory } of SOCS) {
    for (const { levels } of clusters) {
      const latencies = [...levels.map(({ latency }) => latency), memory.latency];
      assertEquals(latencies, latencies.toSorted((a, b) => a - b));
      assert(latencies.every((seconds) => seconds > 1e-10 && seconds < 1e-6));
    }
  }
});

Deno.test("a chip is refused with the field and its value", async () => {
  const refused: [string, unknown, typeof RangeError | typeof TypeError, string][] = [
    [
      "clusters.0.cores.value",
      0,
      RangeError,
      'as "x.clusters[0].cores.value" must be from 1 to 64',
    ],
    ["clusters.0.cores.value", 1.5, RangeError, "must be an integer: current value is"],
    ["clusters.1.hertz", 2e9, TypeError, '"x.clusters[1].hertz" must be an object'],
    ["clusters.1.hertz.value", "2e9", TypeError, 'a number: current value is "2e9"'],
    ["memory.bytePj.reference", "none", RangeError, '"x.memory.bytePj.reference" must be one of'],
    ["memory.speed", 1, RangeError, 'current value is "speed"'],
    ["levels.0.ways.value", 15, RangeError, "such that the sets of l3 are a power of two"],
    ["levels.0.name", "l9", RangeError, "l1d, l2, l3 or slc"],
    ["levels.0.shared", "yes", TypeError, "true or false"],
    ["clusters.0.levels.0.shared", true, RangeError, "each core's own before shared ones"],
    ["clusters", {}, TypeError, "must be an array"],
    ["defaultCluster", "tin", RangeError, "one of prime, gold, silver"],
    ["name", undefined, TypeError, '"x.name" must be a text'],
    ["references.chip", "", TypeError, '"x.references.chip" must be a text'],
  ];
  for (const [path, value, kind, text] of refused) {
    const raw = await changed(path, value);
    assertThrows(() => parseSoc("x", raw), kind, text);
  }
  assertThrows(
    () => parseSoc("x", null),
    TypeError,
    'Cannot read chip "x" as "x" must be an object',
  );
});
