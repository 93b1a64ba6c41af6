import { assertEquals } from "@std/assert";
import { writeRunPage } from "./publish_run.ts";
import { LAYER_READING_COLUMNS, layerReadingRows } from "../records/layer_readings.ts";
import { fromCsv } from "../records/schema.ts";
import { countedRun } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

Deno.test("the page and its charts are written, replaced, and nothing else is left behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/summary.csv`, "kept");
    for (let time = 0; time < 2; time++) {
      assertEquals(await writeRunPage(exampleRun(), folder), `${folder}/index.html`);
      assertEquals(filesIn(folder), ["charts", "index.html", "summary.csv"]);
      assertEquals(filesIn(`${folder}/charts`), [
        "bytes.png",
        "latency.png",
        "layers.png",
        "speedup.png",
      ]);
    }
    assertEquals(await Deno.readTextFile(`${folder}/summary.csv`), "kept");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what devices told of layers becomes a table, and charts of an earlier page go", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/charts`);
    await Deno.writeTextFile(`${folder}/charts/latency.png`, "of an earlier page");
    const run = countedRun();
    await writeRunPage(run, folder);
    assertEquals(filesIn(folder), ["charts", "index.html", "layer_readings.csv"]);
    assertEquals(filesIn(`${folder}/charts`), [
      "bytes.png",
      "factors-l1d-misses.png",
      "factors-llc-misses.png",
      "layers-dram.png",
      "layers-energy.png",
      "layers-l1d-misses.png",
      "layers-llc-misses.png",
    ]);
    const text = await Deno.readTextFile(`${folder}/layer_readings.csv`);
    assertEquals(fromCsv(LAYER_READING_COLUMNS, text, "csv"), [...layerReadingRows(run)]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
