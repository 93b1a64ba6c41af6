import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runTask } from "./testing.ts";

Deno.test("build compiles once, and says where, with which compiler", async () => {
  await runTask("build");
  const { code, stdout } = await runTask("build");
  assertEquals(code, 0);
  assertMatch(stdout, /^up to date: native, key [0-9a-f]{16}$/m);
  const [, folder] = /^folder +(.+)$/m.exec(stdout)!;
  assertMatch(folder, /^\.build\/native\/[0-9a-f]{16}$/);
});

Deno.test("build refuses unknown targets and options in one line", async () => {
  const target = await runTask("build", "--target", "sanitised");
  assertEquals(target.code, 1);
  assertStringIncludes(
    target.stderr,
    'error: Cannot find target "sanitised": did you mean "sanitized"',
  );
  const option = await runTask("build", "--fast");
  assertEquals(option.code, 1);
  assertStringIncludes(option.stderr, 'error: Cannot build as "--fast" is no option');
});
