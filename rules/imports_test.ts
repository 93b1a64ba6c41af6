import { assertEquals } from "@std/assert";
import { importsOf, modules, ROOT, textOf } from "./project.ts";

/** The house, ground floor first: a folder imports only from itself and the ones before it. */
const FLOORS = [
  "std",
  "graph",
  "training",
  "compressors",
  "kernels",
  "devices",
  "suites",
  "harness",
  "tasks",
  "mod.ts",
  "rules",
];

const imports = new Map(modules().map((path) => [path, importsOf(path)]));

function floorOf(path: string): number {
  return FLOORS.indexOf(path.split("/")[0]);
}

Deno.test("every module stands in a room of the house", () => {
  assertEquals([...imports.keys()].filter((path) => floorOf(path) < 0), []);
});

Deno.test("imports go one way, down the house", () => {
  const upward = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => floorOf(target) > floorOf(path))
      .map((target) => `${path} imports ${target}`)
  );
  assertEquals(upward, []);
});

Deno.test("no modules import each other in a circle", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" -> "));
    if (done.has(path) || way.includes(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("every import of a file finds it", () => {
  const missing = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => !imports.has(target)).map((target) => `${path}: ${target}`)
  );
  assertEquals(missing, []);
});

Deno.test("mod.ts exports again what others define, and nothing else", () => {
  const rest = textOf("mod.ts")
    .replace(/\/\*\*[^]*?\*\/|^\/\/.*$/gm, "")
    .replace(/^export (type )?(\{[^}]*\}|\*) from "[^"]+";$/gm, "");
  assertEquals(rest.trim(), "");
});

Deno.test("importing mod.ts asks for no permission, so it opens no native library", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "mod.ts"],
    cwd: ROOT,
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
