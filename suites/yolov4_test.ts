import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { buildYolov4 } from "./models/yolov4.ts";
import { YOLOV4_SUITES } from "./yolov4.ts";

const shared = new URL("../../shared/", import.meta.url);
const fixture = new URL("methods/fixtures/yolov4_csp_layers_320.tsv", shared);
const photo = new URL("data/detection/bccd/images/BloodImage_00001.jpg", shared);
const available = await Promise.all([fixture, photo].map((url) => Deno.stat(url)))
  .then(() => true, () => false);

Deno.test({
  name:
    "YOLOv4's rate is what the layer rates of YOLObile's 14x leave of the MACs (needs ../shared)",
  ignore: !available,
  async fn() {
    const table = parse(await Deno.readTextFile(fixture), { separator: "\t", skipFirstRow: true });
    const sum = (of: (layer: Record<string, string | undefined>) => number) =>
      table.reduce((total, layer) => total + of(layer), 0);
    const kept = (column: string) =>
      sum((layer) => Number(layer[column]) * (1 - Number(layer.ratio_v14 ?? "")));
    assertAlmostEquals(sum(({ weights }) => Number(weights)) / kept("weights"), 14.01, 0.005);
    for (const { rate } of YOLOV4_SUITES) {
      assertAlmostEquals(sum(({ macs }) => Number(macs)) / kept("macs"), rate, 0.005);
    }
  },
});

Deno.test("the suites of YOLOv4 are its sizes and the operators that YOLObile replaced", () => {
  const ids = [
    "yolov4",
    "yolov4-416",
    "yolov4-608",
    "yolov4-mish",
    "yolov4-sam",
    "yolov4-hard-sam",
  ];
  assertEquals(YOLOV4_SUITES.map(({ id }) => id), ids);
});

Deno.test({
  name: "the input of YOLOv4 is a letterboxed picture (needs ../shared)",
  ignore: !available,
  async fn() {
    const [suite] = YOLOV4_SUITES;
    const model = buildYolov4({ width: 1 / 32 });
    const { tensors, description } = await suite.loadInput(model, {
      path: photo.pathname,
      seed: 1,
    });
    assertStringIncludes(description, "picture images/BloodImage_00001.jpg (480 x 640)");
    const image = tensors.get("image")!;
    assertEquals(image.shape, [1, 3, 320, 320]);
    // 480 x 640 becomes 240 x 320: 40 rows of gray 114 above and below.
    const rows = [0, 39, 40, 279, 280, 319].map((y) =>
      Array.from({ length: 320 }, (_, x) => image.get(0, 0, y, x)).every((v) =>
        Math.abs(v - 114 / 255) < 1e-6
      )
    );
    assertEquals(rows, [true, true, false, false, true, true]);
  },
});
