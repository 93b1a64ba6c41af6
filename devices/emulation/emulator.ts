/**
 * `kerf-run` for AArch64 under QEMU, with or without the plugin that counts.
 *
 * @module
 */

/** The program that runs AArch64 programs here. */
export const EMULATOR = "qemu-aarch64";

/** Without vectors longer than 128 bits, which the phones lack, so that the C library uses none. */
const CPU = ["-cpu", "max,sve=off"];

/** What `kerf-run` prints. */
export interface RunnerReport {
  /** Pieces of work of each operator. */
  readonly units: readonly number[];
  /** Those that count. */
  readonly counted_units: readonly number[];
  /** Peak memory of the process, KiB. */
  readonly peak_kib: number;
}

/** How `kerf-run` is run. */
export interface EmulationOptions {
  /** Its path. */
  readonly executable: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The plugin and its files; absent to run without. */
  readonly plugin?: { readonly library: string; readonly form: string; readonly output: string };
  /** Ends the run. */
  readonly signal?: AbortSignal;
  /** Told when the work on an operator begins, where there is a plugin. */
  onOperator?(): void;
}

/** In QEMU's options a comma within a value is written twice. */
function pluginFlags(plugin: EmulationOptions["plugin"]): string[] {
  if (!plugin) return [];
  const { library, form, output } = plugin;
  const values = Object.entries({ file: library, form, output, progress: "on" });
  return ["-plugin", values.map(([name, v]) => `${name}=${v.replaceAll(",", ",,")}`).join(",")];
}

/** Version of the emulator, e.g. `"7.2.22"`; undefined when it is not installed. */
export async function emulatorVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(EMULATOR, { args: ["--version"] }).output();
    return /version (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Runs `kerf-run`.
 *
 * @throws the signal's reason when it is aborted.
 * @throws {Error} with what `kerf-run`, the plugin or QEMU said when it fails.
 */
export async function emulate(
  { executable, args, plugin, signal, onOperator }: EmulationOptions,
): Promise<RunnerReport> {
  signal?.throwIfAborted();
  const child = new Deno.Command(EMULATOR, {
    args: [...CPU, ...pluginFlags(plugin), executable, ...args],
    stdout: "piped",
    stderr: "piped",
    ...(signal && { signal }),
  }).spawn();
  const said: string[] = [];
  const listen = async () => {
    let rest = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (/^kerf-emulation: operator \d+$/.test(line)) onOperator?.();
        else said.push(line);
      }
    }
  };
  const [output, { success, code }] = await Promise.all([
    new Response(child.stdout).text(),
    child.status,
    listen(),
  ]);
  signal?.throwIfAborted();
  if (success) return JSON.parse(output) as RunnerReport;
  throw new Error(`Cannot run the plan as ${EMULATOR} ended with code ${code}: ${said.join("; ")}`);
}
