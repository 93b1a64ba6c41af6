import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECKS, thisMachine } from "../harness/environment/checks.ts";
import { doctor } from "./doctor.ts";
import { captured, runTask } from "./testing.ts";

Deno.test("every check is listed, here or missing, and the exit code is 0 either way", async () => {
  const { code, stdout, stderr } = await runTask("doctor");
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^here\n[^]*\nmissing, or not as it should be\n/);
  for (const { name } of CHECKS) assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
});

Deno.test("what is missing is told with its purpose, what was seen, and what brings it", async () => {
  const bare = () => {
    const machine = thisMachine();
    return {
      ...machine,
      output: () => Promise.resolve(undefined),
      environment: { ...machine.environment, governor: "powersave" },
    };
  };
  const { stdout } = await captured(() => doctor([], bare));
  assertMatch(stdout, /adb +runs on phones\n +want: apt-get install adb\n/);
  assertMatch(stdout, /clock .*\n +now: {2}powersave\n +want: cpupower/);
  const { stdout: json } = await captured(() => doctor(["--json"], bare));
  const [{ name, ok, remedy }] = JSON.parse(json);
  assertEquals([name, ok, remedy], ["C compiler", false, "apt-get install gcc libc6-dev"]);
});

Deno.test("words and unknown options are refused", async () => {
  assertStringIncludes((await runTask("doctor", "gcc")).stderr, 'current value is "gcc"');
  assertStringIncludes((await runTask("doctor", "--jsn")).stderr, 'did you mean "--json"');
});
