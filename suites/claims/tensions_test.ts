import { assertStringIncludes } from "@std/assert";
import { publishedNumber, ratioSetRate } from "./arithmetic.ts";
import { TENSIONS } from "./tensions.ts";

const TEXT = TENSIONS.join("\n");

Deno.test("ratios that tensions tell are those of the published times", () => {
  for (const place of ["gpu", "cpu"]) {
    const ratios = [["c3d", "3.6"], ["r21d", "3.2"], ["s3d", "2.1"]].map(([network, rate]) => {
      const time = (kind: string) => publishedNumber(`rt3d.t2.${network}.${kind}.${place}`);
      return `${(time("dense") / time("sparse")).toFixed(2)} of ${rate}`;
    });
    assertStringIncludes(TEXT, ratios.join(", "));
  }
});

Deno.test("numbers that tensions tell are published, or follow from the released ratios", () => {
  const lost = publishedNumber("rt3d.t1.r21d.base.top1") -
    publishedNumber("rt3d.t2.r21d.sparse.top1");
  assertStringIncludes(TEXT, `loses ${lost.toFixed(1)} points`);
  assertStringIncludes(TEXT, `${publishedNumber("rt3d.head.speedup")}x is R(2+1)D`);
  assertStringIncludes(TEXT, `MACs fall ${ratioSetRate("v14", "MACs").toFixed(2)}x`);
  assertStringIncludes(TEXT, `about ${publishedNumber("yolobile.fig.yolov3.map")} mAP`);
  const ours = publishedNumber("yolobile.head.map").toFixed(1);
  assertStringIncludes(TEXT, `the 14x model at ${ours}`);
});
