import { assertEquals } from "@std/assert";
import { writeRunPage } from "./publish_run.ts";
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
