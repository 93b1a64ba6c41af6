import { assertEquals, assertStringIncludes } from "@std/assert";
import { build, type BuildTarget } from "./build.ts";

/** What `build` says in a process with another environment; 1 is a BuildError. */
async function buildWith(
  env: Record<string, string>,
  target: BuildTarget = "native",
): Promise<{ code: number; stderr: string }> {
  const module = new URL("build.ts", import.meta.url);
  const script = `
    import { build, BuildError } from "${module}";
    try { await build({ target: "${target}" }); } catch (error) {
      console.error(error.message);
      Deno.exit(error instanceof BuildError ? 1 : 2);
    }`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", script], env })
    .output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the same content is built once", async () => {
  const first = await build();
  const messages: string[] = [];
  assertEquals(await build({ onProgress: (message) => messages.push(message) }), first);
  assertEquals(messages, []);
});

Deno.test("without a C compiler the error says which package has one", async () => {
  const { code, stderr } = await buildWith({ PATH: "/nonexistent", CC: "" });
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "there must be a C compiler (tried cc, gcc, clang)");
  assertStringIncludes(stderr, "apt-get install gcc");
});

Deno.test("a compiler that fails is reported with its command", async () => {
  const { code, stderr } = await buildWith({ CC: "false" });
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, 'Cannot build the kernels: "false -v" ended with code 1');
});

Deno.test("a build for Android is by the NDK's compiler, which has to be named", async () => {
  const none = await buildWith({ KERF_NDK_CC: "" }, "aarch64-android");
  assertEquals(none.code, 1, none.stderr);
  assertStringIncludes(none.stderr, "set KERF_NDK_CC to the NDK's aarch64-linux-android28-clang");
  const failing = await buildWith({ KERF_NDK_CC: "false" }, "aarch64-android");
  assertEquals(failing.code, 1, failing.stderr);
  assertStringIncludes(failing.stderr, '"false -v" ended with code 1');
});

Deno.test("a build for other machines of this kind needs no library of theirs", async () => {
  if (Deno.build.arch !== "x86_64") return;
  const { executable } = await build({ target: "x86_64-linux" });
  const { stdout, stderr } = await new Deno.Command("ldd", { args: [executable] }).output();
  assertStringIncludes(
    new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
    "not a",
  );
  assertEquals((await new Deno.Command(executable, { stderr: "null" }).output()).code, 2);
});
