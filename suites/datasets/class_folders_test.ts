import { assertEquals, assertRejects } from "@std/assert";
import { type ClassContent, divideFolders, scanClasses } from "./class_folders.ts";
import { Faults } from "./faults.ts";
import { withFolder } from "./testing.ts";

const CONTENT: ClassContent = {
  what: "notes",
  rule: "it must hold notes",
  accepts: (name) => name.endsWith(".txt"),
};
const options = { seed: 1 };

async function write(root: string, paths: readonly string[]) {
  for (const path of paths) {
    await Deno.mkdir(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, "");
  }
}

Deno.test("class folders are listed by path, links followed, hidden and other things passed over", async () => {
  await withFolder(async (root) => {
    await write(root, ["b/2.txt", "b/10.txt", "b/.3.txt", "b/4.md", ".git/5.txt", "x/a/6.txt"]);
    await Deno.symlink(`${root}/x/a`, `${root}/a`);
    await Deno.mkdir(`${root}/b/7.txt`);
    const faults = new Faults();
    const items = await scanClasses(root, CONTENT, faults, { classes: ["a", "b"] });
    const file = (path: string) => `${root}/${path}`;
    assertEquals(items, [
      { path: "a/6.txt", className: "a", file: file("a/6.txt"), isDirectory: false },
      { path: "b/10.txt", className: "b", file: file("b/10.txt"), isDirectory: false },
      { path: "b/2.txt", className: "b", file: file("b/2.txt"), isDirectory: false },
      { path: "b/7.txt", className: "b", file: file("b/7.txt"), isDirectory: true },
    ]);
    assertEquals(faults.count, 0);
    await scanClasses(root, CONTENT, faults, { classes: ["a", "none"] });
    await scanClasses(root, CONTENT, faults);
    // No folder "none", and no notes in "x".
    assertEquals(faults.count, 2);
  });
});

Deno.test("folders train and test divide a set; train alone beside others is a class", async () => {
  await withFolder(async (root) => {
    await write(root, ["train/a/1.txt", "train/b/1.txt", "test/b/2.txt"]);
    const { items, division } = await divideFolders(root, CONTENT, options);
    assertEquals(division, { classes: ["a", "b"], train: [0, 1], test: [2] });
    assertEquals(items.map(({ path }) => path), ["train/a/1.txt", "train/b/1.txt", "test/b/2.txt"]);
    await write(root, ["test/c/3.txt"]);
    await assertRejects(
      () => divideFolders(root, CONTENT, options),
      RangeError,
      `Cannot open notes "${root}" as it must hold notes: current value is class c is in test but not`,
    );
    const split = { train: "list.txt" };
    await assertRejects(
      () => divideFolders(root, CONTENT, { ...options, split }),
      RangeError,
      "current value is a split file",
    );
  });
  await withFolder(async (root) => {
    await write(root, ["train/1.txt", "ship/2.txt"]);
    const { division } = await divideFolders(root, CONTENT, options);
    assertEquals(division, { classes: ["ship", "train"], train: [0, 1], test: [] });
  });
});
