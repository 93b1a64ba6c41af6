import { assertEquals, assertRejects } from "@std/assert";
import { type Cell, type Part, SCAN } from "../../suites/experiments/experiment.ts";
import { missingPath, openPart } from "./open_part.ts";
import { CELLS, experiment, inFolder, PART } from "./testdata/tiny_experiment.ts";

Deno.test("cells that cannot be are refused before any work", () =>
  inFolder(async (run, folder) => {
    const refused = (message: string, change: Partial<Part>, ...cells: Partial<Cell>[]) =>
      assertRejects(
        () => {
          const wrong = cells.map((cell, i) => ({ ...CELLS[0], id: `wrong-${i}`, ...cell }));
          const part = { ...PART, cells: [...CELLS, ...wrong], ...change };
          return run({ experiment: experiment("one", [part]) });
        },
        RangeError,
        message,
      );
    const rt3d = (options: Cell["options"]) => ({ method: "rt3d", options });
    await refused(
      'Cannot run cell "vgg-textures/wrong-1": Cannot read options of "rt3d" as "scheme" must be',
      {},
      ...[{}, rt3d({ scheme: "no such" })],
    );
    const unknown = { method: "tucker", options: { ranks: "no such" } };
    await refused('Cannot read options of "tucker" as "ranks" must be', {}, unknown);
    await refused('"vgg-textures/wrong-0": Cannot find compressor "rt4d"', {}, { method: "rt4d" });
    const data = { ...PART.data, validation: 0 };
    await refused(
      'wrong-0" as "amc" needs quick evaluations, and no samples are set aside for them',
      { data },
      { method: "amc" },
    );
    const once = { prune: 0, retrain: 1 };
    const admm = { options: { algorithm: "admm" } };
    await refused("needs epochs for pruning, and the budget has none", { budget: once }, admm);
    const never = { prune: 0, retrain: 0 };
    await refused(
      '"rt3d" needs training, and there is none',
      { budget: never },
      rt3d({ algorithm: "taylor" }),
    );
    const boxes = { ...data, source: "shapes-detection" };
    const taught = rt3d({ distill: true });
    await refused("needs a teacher, and only networks that classify", { data: boxes }, taught);
    await refused("needs a teacher", { data: { ...boxes, source: SCAN } }, taught);
    assertEquals([...Deno.readDirSync(folder)], []);
    // Those that are not asked for are nobody's concern.
    const part = { ...PART, cells: [...CELLS, { ...CELLS[0], ...taught, id: "taught" }] };
    const seen = await run({ experiment: experiment("one", [part]), only: ["*/half"] });
    assertEquals(seen.cells().length, 2);
  }));

Deno.test("an experiment with nothing to run is refused, naming its parts", () =>
  inFolder(async (run) => {
    await assertRejects(
      () => run({ only: ["own-file"] }),
      RangeError,
      "its parts are vgg-textures, own-file (--data mine=PATH --data cifar10=PATH not given)",
    );
    await assertRejects(
      () => run({ paths: new Map([["mine", "/no/such.onnx"], ["cifar10", "."]]) }),
      RangeError,
      'Cannot read --data mine=PATH as it must be an ONNX file: current value is "/no/such.onnx"',
    );
    await assertRejects(
      () => run({ paths: new Map([["cifar10", "/no/such"]]) }),
      RangeError,
      "Cannot run with --data cifar10=PATH as it must be a file or a folder",
    );
    await assertRejects(
      () => run({ only: ["vgg-textures/half", "vgg-textures/halve"] }),
      RangeError,
      'Cannot run only "vgg-textures/halve"',
    );
  }));

Deno.test("a part without training must be of a detector", async () => {
  const part: Part = { ...PART, budget: { prune: 0, retrain: 0 } };
  assertEquals(missingPath(part, new Map()), undefined);
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => openPart(part, { seed: 1, paths: new Map(), folder, threads: 1 }),
      RangeError,
      "must be of a detector",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
