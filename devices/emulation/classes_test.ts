/**
 * The plugin on a small program whose instructions are known.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { build } from "../../kernels/build.ts";
import { parseCounts } from "./counts.ts";
import { emulate, EMULATOR } from "./emulator.ts";
import { hierarchyText } from "./hierarchy.ts";
import type { InstructionClass } from "./soc.ts";
import { installed } from "./testing/installed.ts";

const compiler = "aarch64-linux-gnu-gcc";
const available = await installed(EMULATOR) && await installed(compiler);

/** What each snippet of `testdata/snippets.c` adds to the empty one, and its accesses. */
const SNIPPETS: readonly [string, Partial<Record<InstructionClass, number>>, number][] = [
  ["empty", {}, 0],
  ["vectors", { vector: 8 }, 0],
  ["scalars", { "scalar-float": 7 }, 0],
  ["integers", { integer: 9 }, 0],
  ["loads", { load: 12 }, 16], // pairs are two, four registers are four, a prefetch is none
  ["stores", { store: 9 }, 12],
  ["branches", { branch: 5, integer: 1 }, 0],
  ["others", { other: 4 }, 0],
  ["lines", { load: 128, integer: 129, branch: 128 }, 128],
  ["straddle", { load: 3 }, 3],
];

async function withProgram(test: (program: string, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const path = (file: string) => new URL(file, import.meta.url).pathname;
    const args = [
      ...["-O2", "-static", `-I${path("../../kernels/include")}`, "-o", `${folder}/snippets`],
      ...[path("testdata/snippets.c"), path("../../kernels/runtime/mark.c"), "-lpthread"],
    ];
    const { success, stderr } = await new Deno.Command(compiler, { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    await test(`${folder}/snippets`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function pluginIn(folder: string, form: string) {
  const { library } = await build({ target: "emulation" });
  await Deno.writeTextFile(`${folder}/form`, form);
  return { library: library!, form: `${folder}/form`, output: `${folder}/counts` };
}

const FORM = hierarchyText({
  lineBytes: 64,
  prefetchLines: 0,
  cores: 1,
  levels: [{ name: "l1d", bytes: 65536, ways: 4, shared: false }],
});

Deno.test({
  name: `instructions are counted by class, and accesses once (needs ${compiler}, qemu-user)`,
  ignore: !available,
  fn: () =>
    withProgram(async (executable, folder) => {
      const plugin = await pluginIn(folder, FORM);
      await emulate({ executable, args: [], plugin });
      const operators = SNIPPETS.map(([name]) => ({ name, units: 1, countedUnits: 1 }));
      const counts = parseCounts(await Deno.readTextFile(plugin.output), operators, ["l1d"]);
      const [empty] = counts;
      for (const [i, [name, wanted, accesses]] of SNIPPETS.entries()) {
        const more = Object.entries(counts[i].instructions).map((
          [name, n],
        ): [string, number] => [name, n - empty.instructions[name as InstructionClass]])
          .filter(([, n]) => n !== 0);
        assertEquals(Object.fromEntries(more), wanted, name);
        assertEquals(counts[i].accesses - empty.accesses, accesses, name);
      }
      // The table of snippets may be in the way with a line.
      const misses = counts.map(({ demand }) => demand.misses[0]);
      assertEquals(misses[8] === 64 || misses[8] === 65, true, `${misses}`);
      assertEquals(misses[9] === 2 || misses[9] === 3, true, `${misses}`);
    }),
});

Deno.test({
  name: `what the plugin refuses is told in its words (needs ${compiler}, qemu-user)`,
  ignore: !available,
  fn: () =>
    withProgram(async (executable, folder) => {
      const plugin = await pluginIn(folder, "line 64\ncores none\n");
      await assertRejects(
        () => emulate({ executable, args: [], plugin }),
        Error,
        'not understood: "cores none"',
      );
    }),
});
