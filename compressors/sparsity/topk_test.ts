import { assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { rankDescending, topK } from "./topk.ts";

Deno.test("ranking agrees with a comparison sort by score descending, index ascending", () => {
  const random = new Random(1, "rank");
  for (const n of [0, 1, 2, 5000]) {
    // Coarse values, so that there are many ties; over all magnitudes; zeros and subnormals.
    const scores = Float32Array.from(
      { length: n },
      (_, i) => i % 7 === 0 ? 0 : random.integer(20) * 10 ** (random.integer(80) - 42),
    );
    const expected = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
    assertEquals(rankDescending(scores), expected);
  }
});

Deno.test("of equal scores the first are kept", () => {
  assertEquals([...topK(new Float32Array([1, 2, 1, 2, 1]), 3)], [1, 1, 0, 1, 0]);
  assertEquals([...topK(new Float32Array(4), 2)], [1, 1, 0, 0]);
});
