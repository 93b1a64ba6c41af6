import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import process from "node:process";
import { PATIENCE, PeerChild, type PeerChildOptions } from "./child.ts";
import { UnsupportedModelError } from "./protocol.ts";
import { scriptedCommand } from "./testing.ts";

function start(fault = "", options: Partial<PeerChildOptions> = {}): PeerChild {
  return PeerChild.start(scriptedCommand(fault), { name: "Scripted", ...options });
}

const LOAD = { path: "model.onnx", threads: 2 };

/** Whether a process is there. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

Deno.test("a child answers what it is asked, in order, whatever libraries print in between", async () => {
  await using child = start("noise all");
  assertEquals(await child.ask("hello", { protocol: 1 }), {
    ...{ ok: true, name: "Scripted 1.0" },
    facts: { version: "1.0", protocol: "1" },
  } as Awaited<ReturnType<typeof child.ask<"hello">>>);
  assertEquals((await child.ask("load", LOAD)).notes, ["model.onnx on 2 threads"]);
  assertEquals((await child.ask("measure", { n: 3 })).ns, [1_000_000, 1_000_001, 1_000_002]);
});

Deno.test("an error is told with the child's message, and the child goes on", async () => {
  for (const [fault, type] of [["fail", Error], ["refuse", UnsupportedModelError]] as const) {
    await using child = start(`${fault} load`);
    const error = await assertRejects(() => child.ask("load", LOAD), type);
    assertStringIncludes(error.message, fault === "fail" ? "it did not work" : "there is no TopK");
    await child.ask("run", {});
  }
});

Deno.test("a child that ends is told with its exit code or signal, and what it wrote", async () => {
  await using exits = start("exit load");
  const ended = await assertRejects(() => exits.ask("load", LOAD), Error);
  assertEquals(ended.message, 'Peer "Scripted" ended with exit code 3: no more memory');
  await assertRejects(() => exits.ask("run", {}), Error, "ended with exit code 3");
  await using crashes = start("crash run");
  const crashed = await assertRejects(() => crashes.ask("run", {}), Error);
  assertStringIncludes(
    crashed.message,
    "ended by SIGKILL (killed from outside, often for lack of memory)",
  );
});

Deno.test("a child that does not answer in time is ended", async () => {
  const patience = { ...PATIENCE, load: 50 };
  await using child = start("hang load", { patience });
  await child.ask("hello", { protocol: 1 });
  const error = await assertRejects(() => child.ask("load", LOAD), Error);
  assertStringIncludes(error.message, 'Peer "Scripted" must answer "load" within 0.05 s');
  assert(!isRunning(child.pid));
});

Deno.test("an abort ends the child at once, and is what the question rejects with", async () => {
  const abort = new AbortController();
  await using child = start("hang run", { signal: abort.signal });
  await child.ask("hello", { protocol: 1 });
  const running = assertRejects(() => child.ask("run", {}), Error, "stopped");
  abort.abort(new Error("stopped"));
  await running;
  assert(!isRunning(child.pid));
  assertThrows(() => start("", { signal: abort.signal }), Error, "stopped");
});

Deno.test("a child that does not end by itself is ended when it is disposed of", async () => {
  const child = start("hang quit", { patience: { ...PATIENCE, quit: 50 } });
  await child.ask("hello", { protocol: 1 });
  await child[Symbol.asyncDispose]();
  assert(!isRunning(child.pid));
});

Deno.test("a program that is not there is told by the engine's name", () => {
  assertThrows(
    () => PeerChild.start({ command: "./no/such" }, { name: "Mine" }),
    Error,
    'Cannot start peer "Mine"',
  );
});
