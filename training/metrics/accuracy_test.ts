import { assertEquals, assertThrows } from "@std/assert";
import { tensor } from "../../graph/tensor.ts";
import { accuracy } from "./accuracy.ts";

const scores = (...rows: readonly number[][]) =>
  new Map([["y", tensor(Float32Array.from(rows.flat()), [rows.length, rows[0].length])]]);

Deno.test("accuracy counts the images whose class is first, and among the first five", () => {
  const metric = accuracy(7);
  assertEquals(metric.names, ["top-1", "top-5"]);
  const state = metric.start();
  const row = [0, 1, 2, 3, 4, 5, 6];
  state.add(scores(row, row), [6, 2]);
  state.add(scores(row, row), [1, 3]);
  assertEquals(state.result(), { "top-1": 1 / 4, "top-5": 3 / 4 });
});

Deno.test("images behind the last label are padding", () => {
  const state = accuracy(2).start();
  state.add(scores([1, 0], [1, 0], [1, 0]), [0]);
  state.add(scores([1, 0]), [1]);
  assertEquals(state.result(), { "top-1": 0.5 });
});

Deno.test("of equal scores the lower class is first", () => {
  const rank = (label: number) => {
    const state = accuracy(8).start();
    state.add(scores([1, 1, 1, 1, 1, 1, 1, 1]), [label]);
    return state.result();
  };
  assertEquals(rank(0), { "top-1": 1, "top-5": 1 });
  assertEquals(rank(4), { "top-1": 0, "top-5": 1 });
  assertEquals(rank(5), { "top-1": 0, "top-5": 0 });
});

Deno.test("NaN is higher than any score, so a network that puts it out is not right", () => {
  const state = accuracy(2).start();
  state.add(scores([NaN, NaN], [NaN, 1], [NaN, 1]), [0, 0, 1]);
  assertEquals(state.result()["top-1"], 0);
});

Deno.test("accuracy refuses outputs of another number of classes", () => {
  assertThrows(
    () => accuracy(3).start().add(scores([1, 2], [3, 4]), [0, 1]),
    RangeError,
    `must be [N, 3] for 2 labels: current value is "y" [2,2]`,
  );
  assertThrows(() => accuracy(2).start().add(scores([1, 2]), [0, 1]), RangeError, `"y" [1,2]`);
  assertThrows(() => accuracy(1), RangeError, "current value is 1");
});
