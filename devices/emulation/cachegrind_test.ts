/**
 * The model of the caches against Cachegrind, on the same accesses: a small program does them under
 * Cachegrind, and writes them down for `kerf-cache`.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { build } from "../../kernels/build.ts";
import { parseTable, trafficOf } from "./counts.ts";
import { type Hierarchy, hierarchyText } from "./hierarchy.ts";
import { installed } from "./testing/installed.ts";
import { kerfCache } from "./testing/replay.ts";

const available = await installed("valgrind");

const HIERARCHY: Hierarchy = {
  lineBytes: 64,
  prefetchLines: 0,
  cores: 1,
  levels: [
    { name: "l1d", bytes: 32768, ways: 4, shared: false },
    { name: "l2", bytes: 524288, ways: 16, shared: false },
  ],
};

async function run(command: string, ...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} ${args}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}

/** Counts of Cachegrind's summary by event, e.g. `D1mr`, first-level read misses. */
async function cachegrind(program: string, pattern: string): Promise<Map<string, number>> {
  const out = `${program}.out`, [d1, ll] = HIERARCHY.levels;
  const cache = ({ bytes, ways }: typeof d1) => `${bytes},${ways},${HIERARCHY.lineBytes}`;
  const caches = [`--D1=${cache(d1)}`, `--LL=${cache(ll)}`, `--cachegrind-out-file=${out}`];
  await run("valgrind", "--tool=cachegrind", "--cache-sim=yes", ...caches, program, pattern);
  const text = await Deno.readTextFile(out);
  const words = (name: string) => RegExp(`^${name}: (.*)$`, "m").exec(text)![1].trim().split(/\s+/);
  const values = words("summary").map(Number);
  return new Map(words("events").map((event, i) => [event, values[i]]));
}

Deno.test({
  name: "the caches miss what Cachegrind's miss (needs valgrind)",
  ignore: !available,
  async fn(t) {
    await build({ target: "emulation" }); // which has the message when there is no compiler
    const folder = await Deno.makeTempDir();
    try {
      const source = new URL("testdata/patterns.c", import.meta.url).pathname;
      const [program, recorder] = [`${folder}/patterns`, `${folder}/record`];
      await run("cc", "-O2", source, "-o", program);
      await run("cc", "-O2", "-DRECORD", source, "-o", recorder);
      const nothing = await cachegrind(program, "none");
      for (const pattern of ["stream", "strided", "blocked", "random"]) {
        await t.step(pattern, async () => {
          const all = await cachegrind(program, pattern);
          const more = (...events: string[]) =>
            events.reduce((sum, event) => sum + all.get(event)! - nothing.get(event)!, 0);
          const stream = await run(recorder, pattern);
          const { stdout } = await kerfCache(hierarchyText(HIERARCHY), stream);
          const [{ accesses, demand }] = parseTable(stdout).map((row) =>
            trafficOf(row, ["l1d", "l2"])
          );
          assertEquals(accesses, stream.length / 16);
          // What a program does before and behind: comparing the pattern's name, mainly.
          assertAlmostEquals(more("Dr", "Dw"), accesses, 400);
          const [l1d, l2] = demand.misses;
          assertGreater(l2, 1000);
          // Its stack and what its start left in the caches, some lines.
          assertAlmostEquals(more("D1mr", "D1mw"), l1d, 300 + 0.002 * l1d);
          assertAlmostEquals(more("DLmr", "DLmw"), l2, 300 + 0.002 * l2);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
