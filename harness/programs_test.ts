import { assert, assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "../suites/datasets/testing.ts";
import { openProgramsFolder } from "./programs.ts";

const MODULE = new URL("./programs.ts", import.meta.url).href;

function names(parent: string): string[] {
  return [...Deno.readDirSync(parent)].map(({ name }) => name).sort();
}

/** Another process that opens a folder, writes a program into it, and ends as `end` says. */
async function processThatEnds(parent: string, end: string): Promise<number> {
  const code = `
    const { openProgramsFolder } = await import(${JSON.stringify(MODULE)});
    const folder = await openProgramsFolder(${JSON.stringify(parent)});
    Deno.writeTextFileSync(folder.path + "/a.plan", "");
    ${end}
  `;
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const args = ["eval", "--quiet", "--config", config, code];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).spawn();
  await child.status;
  return child.pid;
}

Deno.test("a folder of programs is this process's own and goes with what is in it", async () => {
  await withFolder(async (root) => {
    const parent = join(root, "build", "programs");
    {
      await using one = await openProgramsFolder(parent);
      await using other = await openProgramsFolder(parent);
      assert(basename(one.path).startsWith(`${Deno.pid}-`));
      await Deno.mkdir(join(one.path, "a"));
      await Deno.writeTextFile(join(one.path, "a", "b.plan"), "");
      assertEquals(names(parent), [basename(one.path), basename(other.path)].sort());
    }
    assertEquals(names(parent), []);
  });
});

Deno.test("a folder of programs goes when its process exits at once", async () => {
  await withFolder(async (parent) => {
    await processThatEnds(parent, "Deno.exit(130);");
    assertEquals(names(parent), []);
  });
});

Deno.test("what a killed process left goes when the next run begins, and nothing else", async () => {
  await withFolder(async (parent) => {
    const pid = await processThatEnds(parent, `Deno.kill(Deno.pid, "SIGKILL");`);
    assert(names(parent)[0].startsWith(`${pid}-`));
    const others = ["notes", `${Deno.pid}-living`];
    for (const name of others) await Deno.mkdir(join(parent, name));
    await using _folder = await openProgramsFolder(parent);
    const left = names(parent);
    assert(!left.some((name) => name.startsWith(`${pid}-`)));
    assertEquals(others.every((name) => left.includes(name)), true);
  });
});
