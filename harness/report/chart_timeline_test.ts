import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { PNG } from "pngjs";
import { timelineChart, type TimelineLane } from "./chart_timeline.ts";
import { chartPng } from "./charts_png.ts";

const WORDS = { name: "timeline", title: "A network", subtitle: "Measured here." };

const LANES: readonly TimelineLane[] = [
  {
    name: "GPU",
    spans: [
      { name: "a", kind: "work", begin: 0, end: 2e6 },
      { name: "b", kind: "work", begin: 2e6, end: 5e6 },
      { name: "c", kind: "work", begin: 8e6, end: 10e6 },
    ],
  },
  {
    name: "CPU",
    spans: [
      { name: "a", kind: "copy", begin: 2e6, end: 3e6 },
      { name: "d", kind: "work", begin: 3e6, end: 7e6 },
    ],
  },
];

Deno.test("every stretch of work is drawn where it was, and neighbours as one", () => {
  const { config, alternative } = timelineChart(WORDS, LANES);
  assertEquals(config.data.labels, ["GPU", "CPU"]);
  assertEquals(config.options?.scales?.x?.stacked, true);
  const ends = [0, 0];
  const found = config.data.datasets.flatMap(({ data, backgroundColor }) =>
    data.flatMap(({ x, y, detail }) => {
      const begin = ends[y];
      ends[y] += x;
      const colours: unknown = backgroundColor;
      assert(Array.isArray(colours));
      assertEquals(detail === undefined, colours[y] === "#00000000");
      return detail === undefined ? [] : [{ y, begin, end: ends[y], detail, colour: colours[y] }];
    })
  );
  const spans = found.map(({ y, begin, end, detail }) => [y, begin, end, detail]);
  assertEquals(spans, [
    [0, 0, 5, "a to b: 5.00 ms"],
    [1, 2, 3, "a: 1.00 ms"],
    [0, 8, 10, "c: 2.00 ms"],
    [1, 3, 7, "d: 4.00 ms"],
  ]);
  const [work, copy, other] = found.map(({ colour }) => colour);
  assert(work !== copy && work === other);
  assertStringIncludes(alternative, "CPU: a 2.00 to 3.00 ms, d 3.00 to 7.00 ms");
});

Deno.test("a timeline is plain data, and is drawn with its work in the colour of work", () => {
  const chart = timelineChart(WORDS, LANES);
  assertEquals(JSON.parse(JSON.stringify(chart.config)), chart.config);
  const { data } = PNG.sync.read(Buffer.from(chartPng(chart)));
  const count = (red: number, green: number, blue: number) => {
    let pixels = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) pixels++;
    }
    return pixels;
  };
  const [blue, orange] = [count(0x00, 0x72, 0xb2), count(0xd5, 0x5e, 0x00)];
  // 11 ms of work stand against 1 ms of copies.
  assertAlmostEquals(blue / orange, 11, 0.5);
});
