import { assertEquals, assertStringIncludes } from "@std/assert";
import { build } from "./build.ts";

/** What `build` says in a process with another environment; 1 is a BuildError. */
async function buildWith(env: Record<string, string>): Promise<{ code: number; stderr: string }> {
  const module = new URL("build.ts", import.meta.url);
  const script = `
    import { build, BuildError } from "${module}";
    try { await build(); } catch (error) {
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
