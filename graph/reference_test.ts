import { assertEquals, assertRejects } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import { openReference } from "./reference.ts";
import { tensor } from "./tensor.ts";
import { randomInputs, smallNet } from "./testing.ts";

const of = (shape: number[], ...values: number[]) => tensor(Float32Array.from(values), shape);

Deno.test("ONNX Runtime runs a model worked out by hand", async () => {
  const g = new GraphBuilder("hand");
  const x = g.input("x", [1, 1, 2, 3]);
  const y = g.conv(x, {
    name: "c",
    filters: 1,
    kernel: [1, 2],
    weights: of([1, 1, 1, 2], 1, -1),
    bias: of([1], 1),
  });
  const f = g.flatten(g.maxPool(g.relu(y), { name: "p", kernel: [1, 2] }));
  const model = g.output(y).output(
    g.gemm(f, { name: "f", outputs: 2, weights: of([2, 2], 1, 2, 3, 4), bias: of([2], 0.5, 0) }),
  ).build();

  await using session = await openReference(model, { threads: 2 });
  const outputs = await session.run(new Map([["x", of([1, 1, 2, 3], 5, 3, 6, 1, 2, 9)]]));
  assertEquals([...outputs.get("c")!.data], [3, -2, 0, -6]);
  // relu [3, 0, 0, 0], pooled [3, 0]
  assertEquals([...outputs.get("f")!.data], [3.5, 9]);
  assertEquals(outputs.get("f")!.shape, [1, 2]);
});

Deno.test("one session runs again and gives the same", async () => {
  const model = smallNet(3);
  await using session = await openReference(model);
  const first = await session.run(randomInputs(model));
  assertEquals(await session.run(randomInputs(model)), first);
});

Deno.test("bytes that are no model are refused", async () => {
  await assertRejects(() => openReference(new Uint8Array([1, 2, 3])), Error);
});
