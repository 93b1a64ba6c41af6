/**
 * Compiles the runtime with the system's C compiler, once for each content: the key is a hash of
 * everything that can change the binary (sources, headers, flags, compiler, target). The result
 * is written under a temporary name and renamed, so that a key that exists is complete.
 *
 * @module
 */

import { inParallel } from "../graph/in_parallel.ts";

/** What to build: for this machine, for AArch64 Linux, or for this machine with sanitizers. */
export type BuildTarget = "native" | "aarch64-linux" | "sanitized";

/** A finished build. */
export interface Build {
  /** What it was built for. */
  readonly target: BuildTarget;
  /** SHA-256 of everything that went in, 16 hex digits. */
  readonly key: string;
  /** Shared library to open with FFI; absent for targets that do not run in this process. */
  readonly library?: string;
  /** The runtime as an executable, `kerf-run`. */
  readonly executable: string;
  /** Last line of the compiler's version text. */
  readonly compiler: string;
  /** Flags of all compilations. */
  readonly flags: readonly string[];
}

/** No compiler, or a compiler that failed. */
export class BuildError extends Error {
  /** For messages. */
  override readonly name = "BuildError";

  /** `stderr` is the compiler's own words, empty when there is no compiler. */
  constructor(message: string, readonly stderr = "", options?: ErrorOptions) {
    super(stderr ? `${message}\n${stderr}` : message, options);
  }
}

const KERNELS = new URL("./", import.meta.url);
const BUILD = new URL("../.build/", import.meta.url);

/** The executable's own source, which is not part of the library. */
const MAIN = "runtime/main.c";

const COMMON = [
  "-std=gnu11",
  "-D_GNU_SOURCE",
  "-O3",
  "-fPIC",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-Iinclude",
  "-Icpu",
  "-Iruntime",
  "-Iopencl",
];

const LIBRARIES = ["-lpthread", "-lm", "-ldl"];

/** The sources that are compiled once for each variant; what they define ends in its name. */
const ISA_SOURCES = /^cpu\/isa\/.*\.c$/;

/** An instruction set that the kernels are compiled for. */
interface Variant {
  readonly isa: string;
  readonly lanes: number;
  readonly registers: number;
  readonly flags: readonly string[];
}

const VARIANTS: Readonly<Record<string, readonly Variant[]>> = {
  x86_64: [
    { isa: "avx2", lanes: 8, registers: 16, flags: ["-mavx2", "-mfma"] },
    {
      isa: "avx512",
      lanes: 16,
      registers: 32,
      flags: ["-mavx512f", "-mavx512vl", "-mavx2", "-mfma", "-mprefer-vector-width=512"],
    },
  ],
  aarch64: [{ isa: "neon", lanes: 4, registers: 32, flags: [] }],
};

function variantFlags({ isa, lanes, registers, flags }: Variant): string[] {
  return [
    ...flags,
    `-DKERF_ISA=${isa}`,
    `-DKERF_LANES=${lanes}`,
    `-DKERF_REGISTERS=${registers}`,
  ];
}

/** Sources and headers of the runtime and of OpenCL kernels, relative to `kernels/`. */
async function sources(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["cpu", "cpu/isa", "include", "opencl", "runtime", "runtime/opencl"]) {
    for await (const { name, isFile } of Deno.readDir(new URL(`${folder}/`, KERNELS))) {
      if (isFile && /\.(c|h|cl)$/.test(name)) found.push(`${folder}/${name}`);
    }
  }
  return found.sort();
}

async function run(command: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args, cwd: KERNELS, stderr: "piped" }).output();
  const stderr = new TextDecoder().decode(output.stderr);
  if (!output.success) {
    throw new BuildError(
      `Cannot build the kernels: "${command} ${args.join(" ")}" ended with code ${output.code}`,
      stderr,
    );
  }
  return new TextDecoder().decode(output.stdout) + stderr;
}

/** The C compiler for a target, with its version text. */
async function findCompiler(target: BuildTarget): Promise<{ command: string; version: string }> {
  const wanted = target === "aarch64-linux"
    ? ["aarch64-linux-gnu-gcc"]
    : [Deno.env.get("CC") ?? "", "cc", "gcc", "clang"].filter(Boolean);
  for (const command of wanted) {
    try {
      return { command, version: await run(command, ["-v"]) };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const packageName = target === "aarch64-linux" ? "gcc-aarch64-linux-gnu" : "gcc";
  throw new BuildError(
    `Cannot build the kernels as there must be a C compiler (tried ${wanted.join(", ")}): ` +
      `on Debian, apt-get install ${packageName}`,
  );
}

function targetFlags(target: BuildTarget): string[] {
  if (target === "sanitized") {
    return [
      "-fsanitize=address,undefined",
      "-fno-sanitize-recover=all",
      "-g",
      "-fno-omit-frame-pointer",
    ];
  }
  return target === "aarch64-linux" ? ["-static", "-DKERF_STATIC"] : [];
}

/** Options of {@linkcode build}. */
export interface BuildOptions {
  /** What to build for. @default {"native"} */
  readonly target?: BuildTarget;
  /** Told what is being done, once for each compilation. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Builds the runtime, or finds the build made before from the same content.
 *
 * @throws {BuildError} without a compiler, or with the compiler's own words when it fails.
 */
export async function build({ target = "native", onProgress }: BuildOptions = {}): Promise<Build> {
  const { command, version } = await findCompiler(target);
  const arch = target === "aarch64-linux" ? "aarch64" : Deno.build.arch;
  const variants = VARIANTS[arch] ?? [];
  const flags = [...COMMON, ...targetFlags(target)];
  const files = await sources();
  const key = await hash([
    target,
    arch,
    version,
    JSON.stringify([flags, variants]),
    ...await Promise.all(
      files.map(async (file) => `${file}\n${await Deno.readTextFile(new URL(file, KERNELS))}`),
    ),
  ]);
  const folder = new URL(`${target}/${key}/`, BUILD).pathname;
  const made: Build = {
    target,
    key,
    ...(target === "native" && { library: `${folder}libkerf.so` }),
    executable: `${folder}kerf-run`,
    compiler: version.trim().split("\n").at(-1)!,
    flags,
  };
  if (await exists(made.executable)) return made;
  await Deno.mkdir(new URL(`${target}/`, BUILD), { recursive: true });
  const partial = await Deno.makeTempDir({
    dir: new URL(`${target}/`, BUILD).pathname,
    prefix: ".partial-",
  });
  try {
    const compilations = [
      ...files.filter((file) => /\.c$/.test(file) && !ISA_SOURCES.test(file) && file !== MAIN)
        .map((file) => ({ file, name: file, extra: [] as string[] })),
      ...variants.flatMap((variant) =>
        files.filter((file) => ISA_SOURCES.test(file)).map((file) => ({
          file,
          name: `${file}__${variant.isa}`,
          extra: variantFlags(variant),
        }))
      ),
    ];
    const objects = compilations.map(({ name }) => `${partial}/${name.replaceAll("/", "_")}.o`);
    await inParallel(compilations, async ({ file, name, extra }, i) => {
      onProgress?.(`${command} ${name}`);
      await run(command, [...flags, ...extra, "-c", file, "-o", objects[i]]);
    });
    const link = [...flags, ...objects];
    await run(command, [
      ...link,
      MAIN,
      "-o",
      `${partial}/kerf-run`,
      ...LIBRARIES,
    ]);
    if (made.library) {
      await run(command, [...link, "-shared", "-o", `${partial}/libkerf.so`, ...LIBRARIES]);
    }
    for (const object of objects) await Deno.remove(object);
    await Deno.rename(partial, folder);
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    // Another process may have made the same build meanwhile; then there is nothing to say.
    if (!await exists(made.executable)) throw error;
  }
  return made;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function hash(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(parts.join("\0"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.subarray(0, 8)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
