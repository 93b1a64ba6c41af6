import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { benchTraining } from "./bench_training.ts";
import { captured } from "./testing.ts";

Deno.test("bench-training explains itself", async () => {
  const { code, stdout } = await captured(() => benchTraining(["--help"]));
  assertEquals(code, 0);
  assertMatch(stdout, /^deno task bench-training/);
});

Deno.test("bench-training refuses bad input in one line before it times anything", async () => {
  const errorOf = async (...words: string[]) => {
    const { code, stdout, stderr } = await captured(() => benchTraining(words));
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: .+\n$/);
    return stderr;
  };
  assertStringIncludes(await errorOf("--match", "c3d-half"), 'did you mean "c3d-quarter"');
  assertStringIncludes(await errorOf("--rounds", "0"), "--rounds must be an integer of at least 1");
  assertStringIncludes(await errorOf("--machine", "../elsewhere"), '"../elsewhere"');
  assertStringIncludes(await errorOf("--round", "3"), 'did you mean "--rounds"');
});
