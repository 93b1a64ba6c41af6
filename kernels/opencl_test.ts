/**
 * The OpenCL path apart from what plans compute, which the tests of operators and networks hold: what
 * is kept between processes, halves, and all that can go wrong, on an OpenCL that does.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { build } from "./build.ts";
import { openKernels } from "./ffi.ts";
import { KernelError } from "./foreign.ts";
import { lower } from "./plan/lower.ts";
import { writePlan } from "./plan/write.ts";
import { relativeError } from "../graph/compare.ts";
import { tensor } from "../graph/tensor.ts";
import { conv, net, NETS } from "./testing/nets.ts";
import { openCl } from "./testing/opencl.ts";
import { prune, PRUNINGS } from "./testing/prunings.ts";
import { reference } from "./testing/reference.ts";

const SEED = 5;
const OPENCL = new URL("opencl/", import.meta.url);

/** A convolution of blocks of two sizes. */
const small = net("small", [3, 20, 20], conv(9, 3)).build(SEED);

/** Where the tests of one file put theirs. */
interface Place {
  readonly folder: string;
  /** Plan of {@linkcode small}, lowered for a GPU. */
  readonly plan: string;
  /** Runs `kerf-run` on the plan with an OpenCL that has a fault. */
  run(fault: string, isa?: string): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Registers a test that is skipped, with the reason in its name, where there is no OpenCL. */
function test(name: string, fn: (place: Place) => Promise<void>): void {
  Deno.test({
    name: `${name} (${openCl.needs})`,
    ignore: !openCl.device,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const plan = `${folder}/plan`;
        await writePlan(lower(small, { target: "gpu" }), plan);
        const run = async (fault: string, isa = "opencl:untuned") => {
          const { executable } = await build();
          const env = { KERF_OPENCL: await faultyLibrary(folder), KERF_FAULT: fault };
          const options = { args: [plan, "--isa", isa], env };
          const { code, stdout, stderr } = await new Deno.Command(executable, options).output();
          const text = new TextDecoder();
          return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
        };
        await fn({ folder, plan, run });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Compiles the OpenCL that goes wrong, once for each folder. */
async function faultyLibrary(folder: string): Promise<string> {
  const library = `${folder}/faults.so`;
  if (await Deno.stat(library).then(() => true, () => false)) return library;
  const args = ["-shared", "-fPIC", "-D_GNU_SOURCE", "-Iruntime", "-Iinclude", "-o", library];
  args.push("testing/opencl_faults.c", "-Wl,--no-as-needed", "-l:libOpenCL.so.1", "-ldl");
  const { success, stderr } = await new Deno.Command(Deno.env.get("CC") ?? "cc", {
    args,
    cwd: new URL("./", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return library;
}

Deno.test("every OpenCL kernel in the folder is part of the library", async () => {
  const files = [...Deno.readDirSync(OPENCL)].map(({ name }) => name);
  const sources = await Deno.readTextFile(new URL("runtime/opencl/sources.c", import.meta.url));
  const listed = [...sources.matchAll(/K\((\w+)\)/g)].map(([, name]) => `${name}.cl`);
  assertEquals(listed, files.filter((name) => name.endsWith(".cl")).sort());
});

test("the device tells what it is, and is named a CPU when it is one", async () => {
  const { platform, type, version, driver } = openCl.device!.facts;
  assertMatch(version, /^OpenCL \d\.\d/);
  assertGreater(driver.length, 0);
  if (platform === "Portable Computing Language") assertEquals(type, "CPU");
  await Promise.resolve();
});

test("halves are right to their 11 bits, in every kind of operator", async ({ plan }) => {
  using kernels = await openKernels();
  for (const { name, build } of NETS.filter(({ name }) => /^every|one value/.test(name))) {
    const model = prune(build(SEED), PRUNINGS[0], SEED);
    const { inputs, expected } = await reference(model, SEED);
    await writePlan(lower(model, { target: "gpu" }), plan);
    using whole = await kernels.open(plan, { isa: "opencl:untuned" });
    using network = await kernels.open(plan, { isa: "opencl:fp16:untuned" });
    assertEquals(network.arenaBytes, whole.arenaBytes / 2);
    for (const [id, data] of inputs) network.setInput(id, data);
    const outputs = await network.run();
    for (const [id, wanted] of expected) {
      const error = relativeError(tensor(outputs.get(id)!, wanted.shape), wanted);
      assertLess(error, 4 * 2 ** -11, `${name}, ${id}`);
      assertGreater(error, 1e-6, `${name}, ${id}: not stored as halves`);
    }
  }
});

test("operators are timed by the device", async ({ plan }) => {
  using kernels = await openKernels();
  using network = await kernels.open(plan, { isa: "opencl:untuned" });
  const times = await network.profile();
  assertEquals(times.map(({ name }) => name), network.operators);
  assertGreater(times.reduce((sum, { ns }) => sum + ns, 0), 0);
});

test("forms for processors alone are refused by name", async ({ plan }) => {
  const pooled = NETS.find(({ name }) => name === "3x3x3, fused pool")!.build(SEED);
  const dense = net("dense", [32, 40, 40], conv(32, 3)).build(SEED);
  assertEquals(lower(dense).operators.map(({ kind }) => kind), ["winograd"]);
  const kinds = (model: typeof pooled) =>
    lower(model, { target: "gpu", winograd: true }).operators.map(({ kind }) => kind);
  assertEquals(kinds(dense), ["convolution"]);
  assert(kinds(pooled).includes("pool"), "the pool is an operator of its own");
  using kernels = await openKernels();
  const refusal = async (model: typeof pooled, winograd: boolean) => {
    await writePlan(lower(model, { winograd }), plan);
    return await assertRejects(() => kernels.open(plan, { isa: "opencl:untuned" }), KernelError);
  };
  const [fused, packed] = [await refusal(pooled, false), await refusal(dense, true)];
  assertEquals([fused.status, packed.status], ["isa", "isa"]);
  assertMatch(
    fused.message,
    /operator "conv\S*" has a pool fused behind it: lower the model for a GPU/,
  );
  assertMatch(
    packed.message,
    /operator "conv\S*" has a form for processors alone: lower the model/,
  );
});

test("devices are found by number, and options by name", async ({ plan }) => {
  using kernels = await openKernels();
  const refusal = (isa: string) => assertRejects(() => kernels.open(plan, { isa }), KernelError);
  const usage = "must be opencl[:N][:fp16][:untuned][:cache=FOLDER]";
  for (const isa of ["opencl:x", "opencl:0:fp17", "opencl:", "opencl:-1", "opencl:0:"]) {
    const { status, message } = await refusal(isa);
    assertEquals(status, "argument");
    assertStringIncludes(message, `"${isa}" ${usage}`);
  }
  const { status, message } = await refusal("opencl:99");
  assertEquals(status, "device");
  assertMatch(message, /there is no OpenCL device 99: there (is|are) \d+/);
});

test("what is missing of OpenCL is named", async ({ run, folder }) => {
  const CASES = [
    ["no platform", /OpenCL has no platform: .* apt-get install pocl-opencl-icd/],
    ["old version", /\(OpenCL 1\.1.*\) lacks what is needed: OpenCL 1\.2/],
    ["no compiler", /lacks what is needed: a compiler of OpenCL C/],
  ] as const;
  for (const [fault, expected] of CASES) {
    const { code, stderr } = await run(fault);
    assertEquals(code, 1);
    assertMatch(stderr, expected);
  }
  const { executable } = await build();
  const env = { KERF_OPENCL: `${folder}/none.so` };
  const args = ["--describe", "opencl:0"];
  const { code, stderr } = await new Deno.Command(executable, { args, env }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /no OpenCL: KERF_OPENCL names ".*none\.so"/);
});

test("memory that there is not is told with what was asked for", async ({ run }) => {
  const few = await run("little memory");
  assertEquals(few.code, 1);
  assertMatch(
    few.stderr,
    /no memory for activations of \d+ bytes .*: it gives at most 512 at once/,
  );
  const none = await run("no buffers");
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /of \d+ bytes \(CL_MEM_OBJECT_ALLOCATION_FAILURE\)/);
});

test("a failed build shows the compiler's words with the file's own lines", async ({ run }) => {
  const { code, stderr } = await run("bad build");
  assertEquals(code, 1);
  assertMatch(stderr, /cannot build convolution\.cl \(-cl-std=CL1\.2 -DROWS=8 -DPOSITIONS=4/);
  const source = await Deno.readTextFile(new URL("convolution.cl", OPENCL));
  const line = source.split("\n").findIndex((text) => text.includes("uint across")) + 1;
  assertGreater(line, 1);
  assertStringIncludes(stderr, `convolution.cl:${line}:`);
});

test("a device that is lost in a run ends it with a reason", async ({ run }) => {
  const { code, stdout, stderr } = await run("lost");
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /failed while it ran the network: CL_DEVICE_NOT_AVAILABLE \(-2\): it is lost/,
  );
});

test("programs are kept, used by later processes, and made again when they are broken", async ({ folder, run }) => {
  const cache = `${folder}/cache`, isa = `opencl:untuned:cache=${cache}`;
  const list = () => [...Deno.readDirSync(cache)].map(({ name }) => `${cache}/${name}`).sort();
  assertEquals((await run("", isa)).code, 0);
  const programs = list();
  assertGreater(programs.length, 1);
  assert(programs.every((name) => /[0-9a-f]{16}\.program$/.test(name)), `${programs}`);
  assertEquals((await run("no sources", isa)).code, 0);
  assertEquals((await run("no sources")).code, 1, "without the folder sources are needed");
  const [first] = programs, whole = await Deno.readFile(first);
  await Deno.writeTextFile(first, "not a program");
  assertEquals((await run("", isa)).code, 0);
  assertEquals(list(), programs);
  assertEquals((await Deno.readFile(first)).length, whole.length);
});

test("sizes of groups are tried once, then taken from the folder", async ({ folder, run }) => {
  const cache = `${folder}/cache`, isa = `opencl:cache=${cache}`;
  const groups = ({ stderr }: { stderr: string }) =>
    [...stderr.matchAll(/^group (.*)$/gm)].map(([, size]) => size);
  const tuned = groups(await run("tell groups", isa));
  const files = [...Deno.readDirSync(cache)].filter(({ name }) => name.endsWith(".group"));
  assertEquals(files.length, 2, "one for each size of blocks");
  assertGreater(new Set(tuned).size, 2);
  const again = groups(await run("tell groups", isa));
  assertEquals(again, tuned.slice(-again.length));
  for (const { name } of files) await Deno.writeTextFile(`${cache}/${name}`, "3 2\n");
  assertEquals(groups(await run("tell groups", isa)), again.map(() => "3 x 2"));
});

test("opening a plan tells how far it is, and ends when it is told to, keeping what was tried", async ({ folder }) => {
  const cache = `${folder}/cache`, plan = `${folder}/several`, isa = `opencl:cache=${cache}`;
  const several = net("several", [16, 64, 64], conv(40, 3), conv(48, 3), conv(24, 5)).build(SEED);
  await Deno.mkdir(cache);
  await writePlan(lower(several, { target: "gpu" }), plan);
  using kernels = await openKernels();
  /** When each size was written, by the file. */
  const kept = () =>
    [...Deno.readDirSync(cache)].filter(({ name }) => name.endsWith(".group"))
      .map(({ name }) => [name, Number(Deno.statSync(`${cache}/${name}`).mtime)] as const);
  const labels: string[] = [];
  const interrupt = new AbortController();
  const onProgress = (label: string) => {
    labels.push(label);
    if (/^trying sizes of work groups: [^0]/.test(label)) interrupt.abort(new Error("enough"));
  };
  const { signal } = interrupt, watched = { isa, signal, onProgress, intervalMs: 1 };
  await assertRejects(() => kernels.open(plan, watched), Error, "enough");
  assertMatch(labels.at(-1)!, /^trying sizes of work groups: \d+ of \d+$/);
  const first = kept();
  assertGreater(first.length, 0);
  await assertRejects(() => kernels.open(plan, { isa, signal }), Error, "enough");
  using _network = await kernels.open(plan, { isa });
  const all = kept();
  assertGreater(all.length, first.length);
  const again = new Map(all);
  for (const [name, time] of first) assertEquals(again.get(name), time, "it was tried again");
});
