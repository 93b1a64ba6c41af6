/**
 * Sets with a folder for each class, with or without folders of their own for training and tests.
 *
 * @module
 */

import { Faults } from "./faults.ts";
import { withInputFile } from "./input_file.ts";
import type { DataOptions } from "./source.ts";
import { divide, type Divisible, type Division } from "./split.ts";

/** Something in a class folder. */
export interface ClassItem extends Divisible {
  /** Where it is. */
  readonly file: string;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
}

/** What class folders hold. */
export interface ClassContent {
  /** What they hold, for messages, e.g. `"videos"`. */
  readonly what: string;
  /** What a set must look like, for messages, e.g. `"it must be a folder with ..."`. */
  readonly rule: string;
  /** Whether something in a class folder is a sample; what is not is passed over. */
  accepts(name: string, isDirectory: boolean): boolean;
}

/** The samples of a set, and which of them are for what. */
export interface DividedFolders {
  /** Samples, by path within each part. */
  readonly items: readonly ClassItem[];
  /** By index of `items`. */
  readonly division: Division;
}

/** Names of the folder of samples to be judged by, where there is one named `train`. */
const TESTS = ["val", "valid", "validation", "test"];

/**
 * Finds the samples of a set. A folder named `train`, and one of `val`, `valid`, `validation` and
 * `test`, with class folders in them, divide it; without them split files or the seed do.
 *
 * @throws {RangeError} when there is no such folder, something is missing, or it cannot be divided.
 */
export async function divideFolders(
  root: string,
  content: ClassContent,
  options: Pick<DataOptions, "split" | "seed">,
): Promise<DividedFolders> {
  const folders = await foldersOf(root, content);
  const faults = new Faults();
  const what = `Cannot open ${content.what} "${root}"`;
  const tests = TESTS.find((name) => folders.includes(name));
  // A class can be called "train" too.
  if (!folders.includes("train") || (tests === undefined && folders.length > 1)) {
    const items = await scanClasses(root, content, faults);
    faults.refuse(what, content.rule);
    return { items, division: await divide(root, items, options) };
  }
  if (options.split?.train !== undefined || options.split?.test !== undefined) {
    throw new RangeError(
      `${what} as its folders say what is for training and what for tests: ` +
        `current value is a split file`,
    );
  }
  const train = await scanClasses(root, content, faults, { part: "train/" });
  const test = tests === undefined
    ? []
    : await scanClasses(root, content, faults, { part: `${tests}/` });
  const classes = [...new Set(train.map(({ className }) => className))].sort();
  for (const name of new Set(test.map(({ className }) => className))) {
    if (!classes.includes(name)) faults.add(`class ${name} is in ${tests} but not in train`);
  }
  faults.refuse(what, content.rule);
  const items = [...train, ...test], indices = [...items.keys()];
  return {
    items,
    division: { classes, train: indices.slice(0, train.length), test: indices.slice(train.length) },
  };
}

/**
 * Lists what is in the class folders of a set, sorted by path. All that is hidden is passed over.
 *
 * @throws {RangeError} when there is no such folder.
 * @param faults Takes classes that are missing or empty.
 * @param where.part Folder in which class folders are, with a `/` behind it. Default: the set's own.
 * @param where.classes Folders to look into. Default: all.
 */
export async function scanClasses(
  root: string,
  content: ClassContent,
  faults: Faults,
  where: { readonly part?: string; readonly classes?: readonly string[] } = {},
): Promise<ClassItem[]> {
  const { part = "", classes } = where;
  const names = await foldersOf(`${root}/${part}`, content);
  if (names.length === 0) faults.add(`${part || "it"} has no folder of a class`);
  for (const name of classes ?? []) {
    if (!names.includes(name)) faults.add(`class ${name} has no folder`);
  }
  const items: ClassItem[] = [];
  for (const className of names.filter((name) => classes?.includes(name) ?? true)) {
    const folder = `${part}${className}`;
    const own = (await entriesOf(`${root}/${folder}`))
      .filter(({ name, isDirectory }) => content.accepts(name, isDirectory));
    if (own.length === 0) faults.add(`${folder} has no ${content.what}`);
    for (const { name, isDirectory } of own) {
      const path = `${folder}/${name}`;
      items.push({ path, className, file: `${root}/${path}`, isDirectory });
    }
  }
  return items;
}

/** Names of the folders in a folder of a set. */
async function foldersOf(path: string, { what, rule }: ClassContent): Promise<string[]> {
  return await withInputFile(path, { what, rule }, async ({ kind, refusal }) => {
    if (kind !== "folder") throw refusal();
    return (await entriesOf(path)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  });
}

/** What is in a folder but hidden, links to folders followed, sorted by name. */
async function entriesOf(folder: string): Promise<{ name: string; isDirectory: boolean }[]> {
  const found: { name: string; isDirectory: boolean }[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    const followed = isSymlink && (await Deno.stat(`${folder}/${name}`)).isDirectory;
    found.push({ name, isDirectory: isDirectory || followed });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}
