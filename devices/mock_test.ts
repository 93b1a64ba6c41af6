import { assertEquals, assertRejects } from "@std/assert";
import { MockDevice } from "./mock.ts";

const REQUEST = { warmupCalls: 3, warmupMs: 200, samples: 2 };

Deno.test("the mock warms up until both minima are reached", async () => {
  const device = new MockDevice({ slow: { ms: 90 }, fast: { ms: 20 } });
  const warmupOf = async (path: string) => {
    const session = await device.load({ kind: "plan", path }, { threads: 1 });
    const { warmup, samples } = await session.measure(REQUEST);
    assertEquals(samples.length, 2);
    return warmup.length;
  };
  assertEquals(await warmupOf("slow"), 3);
  assertEquals(await warmupOf("fast"), 10);
});

Deno.test("the mock's clock moves by what it pretends to do", async () => {
  const device = new MockDevice({ a: { ms: 5, loadMs: 100 } });
  const session = await device.load({ kind: "plan", path: "a" }, { threads: 1 });
  assertEquals(device.now(), 100);
  await session.run(new Map());
  assertEquals(device.now(), 105);
});

Deno.test("the mock's noise is the same for the same seed", async () => {
  const samplesOf = async (seed: number) => {
    const device = new MockDevice({ a: { ms: 5, noise: 0.1, sessionNoise: 0.1 } }, seed);
    const session = await device.load({ kind: "plan", path: "a" }, { threads: 1 });
    return (await session.measure({ warmupCalls: 0, warmupMs: 0, samples: 5 })).samples;
  };
  const samples = await samplesOf(1);
  assertEquals(await samplesOf(1), samples);
  assertEquals(new Set(samples).size, 5);
  assertEquals((await samplesOf(2)).some((ns) => samples.includes(ns)), false);
});

Deno.test("the mock fails as scripted", async () => {
  const device = new MockDevice({
    load: { ms: 1, failLoad: "no memory" },
    call: { ms: 1, failCall: 2 },
  });
  const load = (path: string) => device.load({ kind: "plan", path }, { threads: 1 });
  await assertRejects(() => load("load"), Error, "no memory");
  await assertRejects(() => load("unknown"), Error, "not scripted");
  const session = await load("call");
  await assertRejects(() => session.measure(REQUEST), Error, "call 2 failed");
});
