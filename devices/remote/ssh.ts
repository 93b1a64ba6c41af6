/**
 * Boards by the system's `ssh`. All commands share one connection: the first becomes the master,
 * which lasts as long as that command. Keys, host keys, jump hosts and aliases are those of the
 * user's own configuration; nothing is ever asked for, and no check of host keys is weakened.
 *
 * @module
 */

import type { SshAddress } from "./address.ts";
import { quote } from "./shell.ts";
import {
  type AbortOptions,
  type Content,
  type CopyOptions,
  type Ending,
  metered,
  RemoteError,
  type RunningCommand,
  type Transport,
} from "./transport.ts";

/** What ssh itself ends with when something is wrong with the connection. */
const SSH_FAILED = 255;

/** How ssh is called, besides the user's configuration. */
const OPTIONS: Readonly<Record<string, string>> = {
  BatchMode: "yes",
  ClearAllForwardings: "yes",
  ConnectTimeout: "10",
  ControlMaster: "auto",
  ControlPersist: "no",
  EscapeChar: "none",
  ForwardAgent: "no",
  ForwardX11: "no",
  LogLevel: "ERROR",
  PermitLocalCommand: "no",
  RemoteCommand: "none",
  RequestTTY: "no",
  // A board that fell silent is given up after 15 seconds.
  ServerAliveCountMax: "3",
  ServerAliveInterval: "5",
};

/** Options of {@linkcode openSsh}. */
export interface SshOptions {
  /** Path of a configuration file in place of the user's and the system's. */
  readonly config?: string;
}

/** Prepares a connection; it is made by the first command. */
export function openSsh(address: SshAddress, options: SshOptions = {}): Transport {
  return new Ssh(address, options);
}

class Ssh implements Transport {
  readonly #name: string;
  readonly #args: readonly string[];

  constructor({ host, user, port }: SshAddress, { config }: SshOptions) {
    this.#name = user === undefined ? host : `${user}@${host}`;
    this.#args = [
      ...(config === undefined ? [] : ["-F", config]),
      ...(user === undefined ? [] : ["-l", user]),
      ...(port === undefined ? [] : ["-p", String(port)]),
      ...Object.entries({ ...OPTIONS, ControlPath: `/tmp/kerf-${crypto.randomUUID()}` })
        .flatMap(([name, value]) => ["-o", `${name}=${value}`]),
      host,
    ];
  }

  start(line: string): Promise<RunningCommand> {
    const child = this.#spawn(line);
    return Promise.resolve({
      stdout: child.stdout,
      ended: this.#ended(child),
      endInput: () => child.stdin.close(),
      abandon: () => kill(child),
    });
  }

  async size(path: string, { signal }: AbortOptions = {}): Promise<number | undefined> {
    const child = this.#spawn(`wc -c <${quote(path)}`);
    const text = new Response(child.stdout).text();
    const { code } = await this.#finish(child, [text, child.stdin.close()], signal);
    return code ? undefined : Number(await text);
  }

  async push(content: Content, path: string, { signal, onProgress }: CopyOptions = {}) {
    const child = this.#spawn(`umask 077; cat >${quote(path)} && chmod 700 ${quote(path)}`);
    const copied = content.stream().pipeThrough(metered(content.size, onProgress))
      .pipeTo(child.stdin)
      .catch(() => {}); // what stopped it is told by how the command ended
    const ending = await this.#finish(child, [copied, child.stdout.cancel()], signal);
    this.#requireSuccess(ending, `write ${path}`);
  }

  async pull(path: string, { signal }: AbortOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const child = this.#spawn(`cat <${quote(path)}`);
    const bytes = new Response(child.stdout).bytes();
    const ending = await this.#finish(child, [bytes, child.stdin.close()], signal);
    this.#requireSuccess(ending, `read ${path}`);
    return await bytes;
  }

  /** The connection ends with the first command. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** In a process group of its own, so that an interrupt at the terminal is left to us. */
  #spawn(line: string): Deno.ChildProcess {
    const options = { stdin: "piped", stdout: "piped", stderr: "piped", detached: true } as const;
    try {
      return new Deno.Command("ssh", { ...options, args: [...this.#args, line] }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new RemoteError(
        "Cannot run ssh as it is not installed: on Debian, apt-get install openssh-client",
        { cause: error },
      );
    }
  }

  /** How a command ended; all of its output must be read elsewhere. */
  #ended(child: Deno.ChildProcess): Promise<Ending> {
    const ended = Promise.all([new Response(child.stderr).text(), child.status])
      .then(([stderr, { code, signal }]) => {
        if (code !== SSH_FAILED && !signal) return { code, stderr };
        throw new RemoteError(explain(this.#name, stderr.trim()));
      })
      .finally(() => child.stdin.close().catch(() => {})); // closed already, or broken
    ended.catch(() => {}); // those who wait for it are told
    return ended;
  }

  /** Waits for the end of a command and of its streams. */
  async #finish(
    child: Deno.ChildProcess,
    streams: readonly Promise<unknown>[],
    signal?: AbortSignal,
  ): Promise<Ending> {
    const stop = () => kill(child);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const [ending] = await Promise.all([this.#ended(child), ...streams]);
      signal?.throwIfAborted();
      return ending;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  #requireSuccess({ code, stderr }: Ending, what: string): void {
    if (code) throw new RemoteError(`Cannot ${what} on "${this.#name}": ${stderr.trim()}`);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // it has ended meanwhile
  }
}

/** What ssh said, in our words, and what to do about it. */
function explain(name: string, said: string): string {
  const found = ([
    [
      /Permission denied|Too many authentication failures/,
      `Cannot log in to "${name}" as ssh must do so without asking: make a key known there ` +
      `(ssh-copy-id ${name}), or name it in ssh's configuration`,
    ],
    [
      /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
      `Cannot trust "${name}" as its host key must be known: log in once by "ssh ${name}" and ` +
      `compare the fingerprint`,
    ],
    [
      /resolve hostname|refused|timed out|No route|unreachable|Connection (closed|reset) by .* port/,
      `Cannot reach "${name}": is it on, and does an ssh server listen there?`,
    ],
  ] as const).find(([pattern]) => pattern.test(said));
  const own = found?.[1] ?? `Cannot go on as the connection to "${name}" broke`;
  return said ? `${own} (ssh says: ${said})` : own;
}
