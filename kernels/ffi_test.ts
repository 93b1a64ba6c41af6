import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Kernels, openKernels } from "./ffi.ts";
import { KernelError } from "./foreign.ts";
import { MAX_RANK, type Plan, PlanFormatError } from "./plan/plan.ts";
import { encodePlan, writePlan } from "./plan/write.ts";
import { ABI_VERSION, SYMBOLS } from "./symbols.ts";
import { everyKind, HandmadePlan, someFloats } from "./testing/plans.ts";

const header = (await Deno.readTextFile(new URL("include/kerf.h", import.meta.url)))
  .replaceAll(/\/\*[\s\S]*?\*\//g, "");

/** The FFI types that may stand for a C type. */
function ffiTypes(c: string): readonly string[] {
  if (c === "kerf_status") return ["i32"];
  if (c === "size_t") return ["usize"];
  if (c === "void") return ["void"];
  const integer = /^uint(32|64)_t$/.exec(c);
  if (integer) return [`u${integer[1]}`];
  return /kerf_(network|device) \*$/.test(c) ? ["pointer"] : ["buffer", "pointer"];
}

Deno.test("the symbols of symbols.ts are the functions of kerf.h, type by type", () => {
  const declared = [...header.matchAll(/^([\w ]+?[ *])(kerf_\w+)\(([^)]*)\);/gm)];
  assertEquals(declared.map(([, , name]) => name), Object.keys(SYMBOLS));
  for (const [, result, name, list] of declared) {
    const symbol = SYMBOLS[name as keyof typeof SYMBOLS];
    const parameters = list === "void" ? [] : list.split(",").map((p) => p.trim());
    assertEquals(symbol.parameters.length, parameters.length, name);
    for (const [i, type] of symbol.parameters.entries()) {
      const c = parameters[i].replace(/\w+$/, "").trim();
      assert(ffiTypes(c).includes(type), `${name}: ${parameters[i]} is given as ${type}`);
    }
    assert(ffiTypes(result.trim()).includes(symbol.result), `${name}: returns ${symbol.result}`);
  }
  assertEquals(/#define KERF_MAX_AXES (\d+)u/.exec(header)?.[1], String(MAX_RANK));
  assertEquals(/#define KERF_ABI_VERSION (\d+)u/.exec(header)?.[1], String(ABI_VERSION));
});

/** Opens a file with these bytes, or no file, and gives what the runtime says to it. */
async function refusal(bytes?: Uint8Array): Promise<Error> {
  using kernels = await openKernels();
  const folder = await Deno.makeTempDir();
  try {
    if (bytes) await Deno.writeFile(`${folder}/a.plan`, bytes);
    const error = await assertRejects(() => kernels.open(`${folder}/a.plan`), Error);
    assertStringIncludes(error.message, `Cannot load plan "${folder}/a.plan"`);
    return error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withPlan(plan: Plan, use: (kernels: Kernels, path: string) => Promise<void>) {
  using kernels = await openKernels();
  const path = await Deno.makeTempFile({ suffix: ".plan" });
  try {
    await writePlan(plan, path);
    await use(kernels, path);
  } finally {
    await Deno.remove(path);
  }
}

const plan = everyKind(1);

Deno.test("a plan that is not there is an io error", async () => {
  const error = await refusal();
  assert(error instanceof KernelError);
  assertEquals(error.status, "io");
  assertStringIncludes(error.message, "No such file");
});

Deno.test("a plan that is corrupt, cut, empty or something else is a PlanFormatError", async () => {
  const file = encodePlan(plan), flipped = file.slice();
  flipped[file.length >> 1] ^= 1;
  const cases: readonly [Uint8Array, string][] = [
    [flipped, "the plan is corrupt"],
    [file.slice(0, -1), "the plan is cut"],
    [new Uint8Array(), "it has 0 bytes"],
    [new TextEncoder().encode("#!/bin/sh\n".repeat(20)), "does not begin with KERFPLAN"],
  ];
  for (const [bytes, reason] of cases) {
    const error = await refusal(bytes);
    assert(error instanceof PlanFormatError);
    assertStringIncludes(error.reason, reason);
  }
});

Deno.test("operators are named as the layers, in execution order", async () => {
  await withPlan(plan, async (kernels, path) => {
    using network = await kernels.open(path);
    assertEquals(network.operators, plan.operators.map(({ name }) => name));
  });
});

Deno.test("inputs and outputs are known by name and shape", async () => {
  await withPlan(plan, async (kernels, path) => {
    using network = await kernels.open(path);
    const inputs = [{ name: "x", shape: [2, 3, 6, 8] }, { name: "scale", shape: [4] }];
    assertEquals(network.inputs, inputs);
    const outputs = [{ name: "probabilities", shape: [4, 60] }, { name: "scores", shape: [7] }];
    assertEquals(network.outputs, outputs);
    assertEquals(network.arenaBytes, 4 * plan.arenaFloats);
    const lengths = [...await network.run()].map(([name, { length }]) => [name, length]);
    assertEquals(lengths, [["probabilities", 240], ["scores", 7]]);
  });
});

Deno.test("values keep their places whatever the strides of their tensors", async () => {
  const extents = [2, 1, 3, 4];
  const strides = [[12, 12, 4, 1], [30, 7, 9, 2], [-12, 12, 4, 1], [1, 1, 8, 2], [12, 5, -4, -1]];
  for (const from of strides) {
    for (const to of strides) {
      const p = new HandmadePlan(),
        [x, y] = [from, to].map((strides) => {
          const { base } = p.tensor(p.activation([100]));
          return p.view({ extents, strides, base: base + 40, space: "arena" });
        });
      p.add([p.input("x", x)], p.output("y", y), { kind: "elementwise", function: "copy" });
      await withPlan(p.build(), async (kernels, path) => {
        using network = await kernels.open(path);
        const input = someFloats(24, 1).slice();
        network.setInput("x", input);
        assertEquals((await network.run()).get("y"), input, `${from} to ${to}`);
      });
    }
  }
});

Deno.test("a value of no axes is one number", async () => {
  const p = new HandmadePlan(), x = p.input("x", p.activation([]));
  p.add([x], p.output("y", p.activation([])), { kind: "elementwise", function: "copy" });
  await withPlan(p.build(), async (kernels, path) => {
    using network = await kernels.open(path);
    assertEquals(network.outputs, [{ name: "y", shape: [] }]);
    network.setInput(0, Float32Array.of(3));
    assertEquals((await network.run()).get("y"), Float32Array.of(3));
  });
});

Deno.test("calls and operators are timed inside the runtime", async () => {
  await withPlan(plan, async (kernels, path) => {
    using network = await kernels.open(path, { threads: 2 });
    const times = await network.measure(5);
    assertEquals(times.length, 5);
    const profile = await network.profile();
    assertEquals(profile.map(({ name }) => name), network.operators);
    assert([...times, ...profile.map(({ ns }) => ns)].every((ns) => Number.isSafeInteger(ns)));
    assert(times.every((ns) => ns > 0));
  });
});

Deno.test("an input of the wrong size and an unknown instruction set are refused", async () => {
  await withPlan(plan, async (kernels, path) => {
    using network = await kernels.open(path);
    assertThrows(
      () => network.setInput("x", new Float32Array(7)),
      RangeError,
      `must have ${2 * 3 * 6 * 8} values: current value is 7`,
    );
    const none = 'Cannot set input "y" as it must be one of "x", "scale"';
    assertThrows(() => network.setInput("y", new Float32Array(7)), RangeError, none);
    assertThrows(() => network.setInput(2, new Float32Array(7)), RangeError, 'input "2"');
    const error = await assertRejects(() => kernels.open(path, { isa: "mmx" }), KernelError);
    assertEquals(error.status, "isa");
    assertStringIncludes(error.message, `no kernels "mmx"`);
    assertStringIncludes(error.message, kernels.bestIsa);
    const idle = await assertRejects(() => kernels.open(path, { threads: 0 }), KernelError);
    assertEquals(idle.status, "argument");
  });
});

Deno.test("a library that is not there, or of another interface, is not opened", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/libkerf.so`;
    assertThrows(() => new Kernels(path), Error, "libkerf.so");
    const functions = Object.keys(SYMBOLS).map((name) => `unsigned ${name}(void) { return 99; }`);
    await Deno.writeTextFile(`${folder}/old.c`, functions.join("\n"));
    const args = ["-shared", "-fPIC", `${folder}/old.c`, "-o", path];
    await new Deno.Command(Deno.env.get("CC") ?? "cc", { args }).output();
    const error = assertThrows(() => new Kernels(path), KernelError);
    assertStringIncludes(error.message, `must be ${ABI_VERSION}: current value is 99`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
