import { assertEquals } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import { channelPlan } from "./channels.ts";
import type { LayerSelection } from "./compressor.ts";
import { prunableLayers } from "./layers.ts";
import { selectionOf } from "./selection.ts";
import { randomWeights, smallDetector, smallMobileNet, smallResNet } from "./testing.ts";
import type { Model } from "../graph/model.ts";

const groupsOf = (model: Model, selection?: LayerSelection) =>
  channelPlan(model, selectionOf(model, selection)).groups.map(({ layers, bundles, width }) =>
    `${layers.join("+")} ${bundles.length}x${width}`
  );

Deno.test("residual sums couple the filters of a stage, and the first layer keeps its own", () => {
  const model = smallResNet();
  assertEquals(
    groupsOf(model),
    ["1a 16x1", "2a 64x1", "2skip+2b+3b 64x1", "3a 64x1", "4a 96x1", "4skip+4b 96x1"]
      .sort((a, b) => order(model, a) - order(model, b)),
  );
  const { reasons } = channelPlan(model, selectionOf(model));
  assertEquals(Object.fromEntries(reasons), {
    "stem": "the first convolution",
    "1b": 'coupled with "stem", the first convolution',
    "fc": "a head",
  });
});

/** Where the first channel of a group is made. */
const order = (model: Model, group: string) =>
  model.nodes.findIndex(({ name }) => name === group.split(/[+ ]/)[0]);

Deno.test("split halves are groups of their own, joined values are not coupled", () => {
  assertEquals(groupsOf(smallDetector()), [
    "entry+inner2 32x1",
    "entry 32x1",
    "inner1 32x1",
    "fuse 64x1",
    "down 96x1",
    "lateral 48x1",
    "merge 64x1",
  ]);
});

Deno.test("depthwise convolutions and gates go with the filters that they belong to", () => {
  assertEquals(groupsOf(smallMobileNet()).slice(0, 4), [
    "a.expand+a.depthwise+a.excite 96x1",
    "a.squeeze 24x1",
    "a.project+b.project 32x1",
    "b.expand+b.depthwise+b.excite 96x1",
  ]);
});

Deno.test("a layer that is kept keeps what it is coupled with", () => {
  const model = smallResNet();
  const { reasons } = channelPlan(model, selectionOf(model, { keep: ["3b"] }));
  assertEquals(reasons.get("2skip"), 'coupled with "3b", kept as asked');
  assertEquals(groupsOf(model, { keep: ["3b"] }).some((group) => group.includes("2b")), false);
  assertEquals(groupsOf(model, { only: ["*a"] }), ["1a 16x1", "2a 64x1", "3a 64x1", "4a 96x1"]);
});

Deno.test("groups of a grouped convolution lose filters at the same places", () => {
  const g = new GraphBuilder("grouped");
  const conv = (x: string, name: string, filters: number, group = 1) =>
    g.conv(x, { name, filters, kernel: 1, group, weights: randomWeights });
  const x = conv(conv(g.input("x", [1, 4, 5, 5]), "first", 4), "before", 8);
  const model = g.output(conv(conv(x, "grouped", 12, 4), "head", 4)).build();
  assertEquals(groupsOf(model), ["before 2x4", "grouped 3x4"]);
});

Deno.test("every layer before an output is a head, and heads are not pruned", () => {
  const g = new GraphBuilder("two heads");
  const conv = (x: string, name: string) =>
    g.conv(x, { name, filters: 4, kernel: 1, weights: randomWeights });
  const trunk = conv(conv(g.input("x", [1, 4, 5, 5]), "first"), "trunk");
  g.output(g.relu(conv(trunk, "left"))).output(conv(trunk, "right"));
  assertEquals(prunableLayers(g.build()).map(({ name }) => name), ["trunk"]);
});
