import { assertEquals } from "@std/assert";
import { GraphBuilder } from "../../../graph/builder.ts";
import type { Model } from "../../../graph/model.ts";
import { randomWeights } from "../../../graph/testing.ts";
import { lower } from "../lower.ts";

type Branch = "short" | "long" | "longer";

/** A sum of branches in the order in which they are made: of one 1x1 layer, one 3x3, or two 3x3. */
function sumOf(...branches: readonly Branch[]): Model {
  const g = new GraphBuilder("sum"), weights = randomWeights(1);
  const conv = (x: string, name: string, kernel: number) =>
    g.conv(x, { name, filters: 8, kernel, pad: (kernel - 1) / 2, weights });
  const fork = conv(g.input("x", [1, 8, 6, 6]), "fork", 1);
  const [a, b] = branches.map((branch) => {
    if (branch === "short") return conv(fork, branch, 1);
    return conv(branch === "long" ? fork : conv(fork, "first", 3), branch, 3);
  });
  return g.output(g.relu(g.add(a, b, "sum"))).build();
}

/** The operators that add something, in the order of the plan. */
function adding(model: Model, target: "gpu" | "both"): string[] {
  return lower(model, { target }).operators.flatMap(({ kind, inputs, name }) =>
    (kind === "convolution" || kind === "elementwise") && inputs.length === 2 ? [name] : []
  );
}

Deno.test("where branches may run at once, a sum rides on the longer one, whichever is made first", () => {
  for (const branches of [["short", "longer"], ["longer", "short"]] as const) {
    const model = sumOf(...branches);
    assertEquals(adding(model, "both"), ["longer"], `${branches}`);
    assertEquals(adding(model, "gpu"), [branches[1]], "else on what is made last");
  }
});

Deno.test("a sum that would make its branch wait for the other one rides on none", () => {
  for (const branches of [["short", "long"], ["long", "short"]] as const) {
    assertEquals(adding(sumOf(...branches), "both"), ["sum"], `${branches}`);
  }
});
