/**
 * Another machine once it is reached: what it is, where files go, and a folder that goes away
 * with the connection, however that ends.
 *
 * @module
 */

import { withLimit } from "./limit.ts";
import { commandLine, type Output, run, type RunOptions } from "./shell.ts";
import {
  type AbortOptions,
  type Content,
  type CopyOptions,
  RemoteError,
  type RunningCommand,
  type Transport,
} from "./transport.ts";

/** Longest that a machine may take to answer, milliseconds. */
const LIMIT_MS = 60_000;

/** A way slower than this, bytes a second, is taken for broken. */
const SLOWEST = 100_000;

/**
 * Lives as long as the connection: makes a scratch folder, tells what the machine is, waits for
 * its input to end and removes the folder. What was left by a machine that lost power, and what
 * was not pushed anew for two weeks, is removed on the way.
 */
const KEEPER = `
umask 077
folder=$1
[ "$folder" ] || folder=\${XDG_CACHE_HOME:-$HOME/.cache}/kerf
mkdir -p "$folder" && scratch=$(mktemp -d "$folder/scratch.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
find "$folder" -type f -mtime +14 -delete 2>/dev/null
find "$folder" -name 'scratch.*' -mtime +1 -exec rm -rf {} + 2>/dev/null
echo "folder=$folder"
echo "scratch=$scratch"
echo "arch=$(uname -m)"
echo "system=$(uname -sr)"
if command -v getprop >/dev/null 2>&1; then
  echo "android=$(getprop ro.build.version.release)"
  echo "model=$(getprop ro.product.manufacturer) $(getprop ro.product.model)"
  echo "chip=$(getprop ro.soc.model)"
else
  echo "model=$(tr -d '\\0' 2>/dev/null </proc/device-tree/model)"
  echo "chip=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
fi
echo ready
read -r line
exit 0`;

/** What a machine says of itself. */
export interface MachineFacts {
  /** Folder of what is kept there from run to run. */
  readonly folder: string;
  /** Folder of this connection. */
  readonly scratch: string;
  /** As `uname -m` tells it. */
  readonly arch: string;
  /** Kernel and release. */
  readonly system: string;
  /** Android's version; absent elsewhere. */
  readonly android?: string;
  /** Name of the board, phone or processor. */
  readonly model: string;
}

/** A machine that is reached. */
export class Machine implements AsyncDisposable {
  readonly #keeper: RunningCommand;
  #broken: unknown;

  private constructor(
    /** As typed, e.g. `"ssh:pi@board"`. */
    readonly id: string,
    readonly transport: Transport,
    readonly facts: MachineFacts,
    keeper: RunningCommand,
  ) {
    this.#keeper = keeper;
    keeper.ended.then(
      () => this.#broken = new RemoteError(`Cannot go on as "${id}" ended the connection`),
      (error) => this.#broken = error,
    );
  }

  /**
   * Reaches a machine.
   *
   * @param folder Where files go; a folder in the user's cache when empty.
   * @throws {RemoteError} with what to do about it.
   */
  static open(
    id: string,
    transport: Transport,
    folder: string,
    { signal }: AbortOptions = {},
  ): Promise<Machine> {
    return withLimit(`an answer of "${id}"`, { signal, limitMs: LIMIT_MS }, async (signal) => {
      const line = commandLine(["sh", "-c", KEEPER, "sh", folder]);
      const keeper = await transport.start(line, { signal });
      const stop = () => keeper.abandon();
      signal.addEventListener("abort", stop, { once: true });
      try {
        const told = await readFacts(keeper.stdout);
        if (told) return new Machine(id, transport, factsOf(told), keeper);
        const { stderr } = await keeper.ended;
        throw new RemoteError(`Cannot make a folder for files on "${id}": ${stderr.trim()}`);
      } catch (error) {
        keeper.abandon();
        throw error;
      } finally {
        signal.removeEventListener("abort", stop);
      }
    });
  }

  /** Runs a command to its end; see {@linkcode run}. */
  async run(words: readonly string[], options?: RunOptions): Promise<Output> {
    this.#requireConnection();
    return await run(this.transport, words, options);
  }

  /** Bytes of a file there; undefined when there is none. */
  async size(path: string, { signal }: AbortOptions = {}): Promise<number | undefined> {
    this.#requireConnection();
    const limits = { signal, limitMs: LIMIT_MS };
    return await withLimit(
      `the size of ${path}`,
      limits,
      (signal) => this.transport.size(path, { signal }),
    );
  }

  /** Writes a file there, which its owner may run. */
  async push(
    content: Content,
    path: string,
    { signal, onProgress }: CopyOptions = {},
  ): Promise<void> {
    this.#requireConnection();
    const limits = { signal, limitMs: LIMIT_MS + 1000 * content.size / SLOWEST };
    await withLimit(
      `the copy to ${path}`,
      limits,
      (signal) => this.transport.push(content, path, { signal, ...(onProgress && { onProgress }) }),
    );
  }

  /** Reads a file there. */
  async pull(path: string, { signal }: AbortOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.size(path, { signal }) ?? 0;
    const limits = { signal, limitMs: LIMIT_MS + 1000 * bytes / SLOWEST };
    return await withLimit(
      `the copy of ${path}`,
      limits,
      (signal) => this.transport.pull(path, { signal }),
    );
  }

  /** Removes the scratch folder and ends the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    const grace = setTimeout(() => this.#keeper.abandon(), 5000);
    try {
      await this.#keeper.endInput();
      await this.#keeper.ended;
    } catch {
      // The connection broke, upon which the other side removes the folder by itself.
    } finally {
      clearTimeout(grace);
    }
  }

  /** Once the connection has ended, the scratch folder is gone too. */
  #requireConnection(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }
}

/** Reads lines of `NAME=TEXT` up to `ready`; undefined when the output ends before. */
async function readFacts(
  stdout: ReadableStream<Uint8Array>,
): Promise<Map<string, string> | undefined> {
  const reader = stdout.getReader(), decoder = new TextDecoder();
  for (let text = "";;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    if (!/^ready$/m.test(text)) continue;
    drain(reader);
    return new Map(
      [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, said]) => [name, said.trim()]),
    );
  }
}

/** Nothing more is said, but the end of the output must be seen. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // told by how the command ended
  }
}

function factsOf(told: ReadonlyMap<string, string>): MachineFacts {
  const text = (name: string) => told.get(name) ?? "";
  const android = text("android");
  return {
    folder: text("folder"),
    scratch: text("scratch"),
    arch: text("arch"),
    system: text("system"),
    model: [text("model"), text("chip")].filter(Boolean).join(", ") || text("arch"),
    ...(android && { android }),
  };
}
