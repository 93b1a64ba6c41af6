import { assertEquals } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import { channelLinks } from "./channels.ts";
import { prunableLayers } from "./layers.ts";
import { randomWeights } from "./testing.ts";

Deno.test("filters that a grouped convolution or a shared weight reads cannot be removed", () => {
  const g = new GraphBuilder("links");
  const conv = (x: string, name: string, group = 1, weights = randomWeights) =>
    g.conv(x, { name, filters: 4, kernel: 1, group, weights });
  const x = conv(g.input("x", [1, 4, 5, 5]), "first");
  const free = conv(g.relu(conv(x, "free")), "reader");
  const grouped = conv(conv(free, "beforeGroups"), "grouped", 2);
  const model = g.output(conv(grouped, "head")).build();
  const table = (m: typeof model) =>
    channelLinks(m).map(({ node, prunable, removable }) => [node.name, prunable, removable]);
  assertEquals(table(model), [
    ["first", false, false],
    ["free", true, true],
    ["reader", true, true],
    ["beforeGroups", true, false],
    ["grouped", false, false],
    ["head", false, false],
  ]);

  // Let "reader" and "beforeGroups" share one weight: neither may be pruned, nor what they read.
  const nodes = model.nodes.map((node) =>
    node.name === "reader" ? { ...node, inputs: [node.inputs[0], "beforeGroups.weight"] } : node
  );
  assertEquals(table({ ...model, nodes }).slice(1, 4), [
    ["free", true, false],
    ["reader", false, false],
    ["beforeGroups", false, false],
  ]);
});

Deno.test("every layer before an output is a head, and heads are not pruned", () => {
  const g = new GraphBuilder("two heads");
  const conv = (x: string, name: string) =>
    g.conv(x, { name, filters: 4, kernel: 1, weights: randomWeights });
  const trunk = conv(conv(g.input("x", [1, 4, 5, 5]), "first"), "trunk");
  g.output(g.relu(conv(trunk, "left"))).output(conv(trunk, "right"));
  assertEquals(prunableLayers(g.build()).map(({ name }) => name), ["trunk"]);
});
