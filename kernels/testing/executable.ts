/**
 * `kerf-run` in the tests: started directly or through an emulator, and held against ONNX Runtime.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { build, BuildError, type BuildTarget } from "../build.ts";
import { lower } from "../plan/lower.ts";
import { writePlan } from "../plan/write.ts";
import { NETS } from "./nets.ts";
import { prune, PRUNINGS } from "./prunings.ts";
import { assertAgrees, type Floats, reference } from "./reference.ts";

/** How one run ended. */
export interface Ending {
  /** 0 success, 1 refused, 2 wrong arguments; others are crashes. */
  readonly code: number;
  /** What it said. */
  readonly stderr: string;
}

/** An executable that can be started here. */
export class Executable {
  /** `command` is the executable, behind its emulator if it needs one. */
  constructor(
    readonly command: readonly string[],
    readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** Runs a plan. */
  async run(plan: string, ...flags: string[]): Promise<Ending> {
    const [program, ...before] = this.command;
    const options = { args: [...before, plan, ...flags], env: this.env };
    const { code, stderr } = await new Deno.Command(program, options).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  }
}

/** An executable, or why there is none. */
export type Found = { readonly executable: Executable } | { readonly missing: string };

/**
 * Builds `kerf-run` for a target, to be run by `emulator` if one is named.
 *
 * @throws {BuildError} when the sources do not compile; a tool that is not installed is `missing`.
 */
export async function findExecutable(
  target: BuildTarget,
  { emulator, env }: { emulator?: string; env?: Record<string, string> } = {},
): Promise<Found> {
  try {
    if (emulator) await new Deno.Command(emulator, { args: ["--version"] }).output();
    const { executable } = await build({ target });
    return { executable: new Executable(emulator ? [emulator, executable] : [executable], env) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { missing: `${emulator} is not installed` };
    if (!(error instanceof BuildError)) throw error;
    if (!error.stderr) return { missing: error.message };
    const lacking = /cannot find \S*san\b|sanitizer\/\S+: No such file/.exec(error.stderr);
    if (!lacking) throw error;
    return {
      missing: `the compiler says "${lacking[0]}": on Debian, apt-get install libgcc-12-dev`,
    };
  }
}

/**
 * Registers tests which hold an executable to every network, some prunings each, on those of `isas`
 * that it has; skipped, with the reason in their names, when there is none.
 *
 * @param needs what must be installed, for the names of the tests
 */
export function testConformance(found: Found, needs: string, isas: readonly string[]): void {
  const reason = "missing" in found ? `: ${found.missing}` : "";
  for (const [n, net] of NETS.entries()) {
    Deno.test({
      name: `kerf-run agrees with ONNX Runtime: ${net.name} (needs ${needs}${reason})`,
      ignore: "missing" in found,
      async fn() {
        if (!("executable" in found)) return;
        const folder = await Deno.makeTempDir();
        const [plan, outputFile] = ["plan", "out"].map((f) => `${folder}/${f}`);
        try {
          for (let k = 0; k < 3; k++) {
            const pruning = PRUNINGS[(n * 3 + k) % PRUNINGS.length];
            const model = prune(net.build(n), pruning, k);
            const { inputs, expected } = await reference(model, n);
            await writePlan(lower(model), plan);
            const inputFlags = await writeInputs(model, inputs, folder);
            const isa = isas[(n + k) % isas.length];
            const flags = ["--isa", isa, "--threads", `${1 + k}`, "--calls", "2"];
            const { code, stderr } = await found.executable
              .run(plan, ...flags, ...inputFlags, "--output", outputFile);
            if (stderr.includes("for this processor")) continue;
            const message = `${pruning.name}, ${flags.join(" ")}`;
            if (code) throw new Error(`${message}: code ${code}\n${stderr}`);
            assertAgrees(await readOutputs(model, outputFile), expected, message);
          }
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  }
}

/** Writes each input to a file of its own; the flags that name them, in the model's order. */
async function writeInputs(model: Model, inputs: Floats, folder: string): Promise<string[]> {
  const flags: string[] = [];
  for (const [i, { name }] of model.inputs.entries()) {
    const path = `${folder}/in${i}`;
    await Deno.writeFile(path, new Uint8Array(inputs.get(name)!.buffer));
    flags.push("--input", path);
  }
  return flags;
}

/** Reads the file of all outputs, which stand one behind the other. */
async function readOutputs(model: Model, path: string): Promise<Floats> {
  const { buffer } = await Deno.readFile(path);
  let at = 0;
  return new Map(model.outputs.map(({ name, shape }) => {
    const output = new Float32Array(buffer, 4 * at, sizeOf(shape));
    at += output.length;
    return [name, output];
  }));
}
