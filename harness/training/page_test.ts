import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import { writeResultsIndex } from "../report/publish_run.ts";
import { curveChart } from "./curve_chart.ts";
import { TrainingFolder } from "./folder.ts";
import { renderTrainingPage, trainingFinding } from "./page.ts";
import { writeTrainingPage } from "./publish.ts";
import { exampleTraining } from "./testing.ts";

Deno.test("the chart has a line for the loss, each metric and the rate, points where they are known", () => {
  const { config: { data: { datasets } }, alternative } = curveChart(exampleTraining());
  assertEquals(datasets.map(({ label, data }) => [label, data.map(({ x, y }) => [x, y])]), [
    ["loss", [[1, 2], [2, 1]]],
    ["top-1", [[2, 0.75]]],
    ["top-5", [[2, 1]]],
    ["learning rate", [[1, 0.1], [2, 0.05]]],
  ]);
  assertEquals(alternative, "after 2 epochs loss 1, top-1 75.0 %, top-5 100.0 %");
});

Deno.test("the finding tells what the weights are worth and which they are", () => {
  const { record, epochs } = exampleTraining();
  assertEquals(
    trainingFinding({ record, epochs }),
    "top-1 75.0 %, top-5 100.0 %, loss 1; the weights of epoch 2 of 2 were kept. " +
      "701 k parameters, 35.0 MMACs.",
  );
  const { result: _, ...running } = record;
  assertMatch(trainingFinding({ record: running, epochs: [] }), /^No epoch is finished\. /);
  assertStringIncludes(
    trainingFinding({ record: running, epochs: epochs.slice(0, 1) }),
    "top-1 not evaluated, top-5 not evaluated, loss 2; not finished.",
  );
});

Deno.test("the page tells command, data, settings and every epoch, and needs no network", async () => {
  const page = await renderTrainingPage(exampleTraining());
  for (
    const text of [
      "<h1>net trained on textures, on m</h1>",
      "deno task train net --data textures",
      "textures train: 2000 images",
      "<dt>rate</dt><dd>0.1</dd>",
      "<code>abc123</code>",
      '<td class="right">75.0 %</td>',
      'src="curve.png"',
    ]
  ) assertStringIncludes(page, text);
  assert(!/(src|href)="(https?:)?\/\//.test(page));
});

Deno.test("hostile names stay text", async () => {
  const { record, epochs } = exampleTraining();
  const hostile = "</script><img onerror=x>";
  const page = await renderTrainingPage({
    record: { ...record, model: { ...record.model, name: hostile }, command: hostile },
    epochs,
  });
  assert(!page.includes("<img onerror"));
});

Deno.test("page and chart are written beside the records, and the index lists them", async () => {
  await withFolder(async (results) => {
    const { record, epochs } = exampleTraining();
    const folder = TrainingFolder.create(results, record);
    for (const epoch of epochs) folder.addEpoch(epoch);
    await writeTrainingPage(folder.path);
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
      ...["curve.csv", "curve.png", "index.html", "run.json"],
    ]);
    const png = await Deno.readFile(join(folder.path, "curve.png"));
    assertEquals([...png.subarray(1, 4)], [..."PNG"].map((c) => c.charCodeAt(0)));
    const index = await Deno.readTextFile(await writeResultsIndex(results));
    assertStringIncludes(index, `href="./m/training/${record.run}/index.html"`);
    assertStringIncludes(index, "top-1 75.0 %");
  });
});
