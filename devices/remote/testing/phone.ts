/**
 * A pretended phone behind a pretended adb server: it speaks the server's protocol and acts on it,
 * on a pretended machine. What each byte must be is held by the tests of the protocol.
 *
 * @module
 */

import type { MachineRoot } from "./machine_root.ts";

const STDOUT = 1, STDERR = 2, EXIT = 3, CLOSE_STDIN = 4;

/** The server, with one phone. */
export class Phone implements AsyncDisposable {
  readonly #root: MachineRoot;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #work: Promise<void>;

  /** Starts the server. */
  constructor(root: MachineRoot, readonly serial: string) {
    this.#root = root;
    this.#work = this.#serve();
  }

  /** Where it listens. */
  get address(): { hostname: string; port: number } {
    return { hostname: "127.0.0.1", port: (this.#listener.addr as Deno.NetAddr).port };
  }

  /** Ends all connections, as when the cable is pulled. */
  unplug(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.unplug();
    await this.#work;
  }

  async #serve(): Promise<void> {
    const all: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) {
        this.#connections.add(connection);
        all.push(
          this.#converse(connection)
            .catch(() => {}) // the other side left
            .finally(() => this.#connections.delete(connection) && connection.close()),
        );
      }
    } finally {
      await Promise.all(all);
    }
  }

  async #converse(connection: Deno.Conn): Promise<void> {
    const request = await readRequest(connection);
    if (request === `host-serial:${this.serial}:features`) {
      return await write(connection, "OKAY", "0008", "shell_v2");
    }
    if (request !== `host:transport:${this.serial}`) {
      return await write(connection, "FAIL", "0010", "device not found");
    }
    await write(connection, "OKAY");
    const service = await readRequest(connection);
    await write(connection, "OKAY");
    if (service === "sync:") await this.#sync(connection);
    else await this.#shell(connection, service.replace(/^shell,v2,raw:/, ""));
  }

  /** Runs a command; when the connection ends it is hung up and its input ends, as adbd does. */
  async #shell(connection: Deno.Conn, line: string): Promise<void> {
    const child = new Deno.Command(this.#root.shell, {
      env: { SSH_ORIGINAL_COMMAND: line },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = async () => {
      try {
        const header = await readExactly(connection, 5);
        if (header[0] !== CLOSE_STDIN) throw new Error("nothing else is sent");
      } catch {
        try {
          child.kill("SIGHUP");
        } catch {
          // it has ended
        }
      }
      await child.stdin.close().catch(() => {});
    };
    const packets = async (kind: number, stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream) await write(connection, [kind], u32(chunk.length), chunk);
    };
    const listening = input();
    const outputs = Promise.allSettled([
      packets(STDOUT, child.stdout),
      packets(STDERR, child.stderr),
    ]);
    const [{ code }] = await Promise.all([child.status, outputs]);
    try {
      await write(connection, [EXIT], u32(1), [code]);
    } finally {
      if (this.#connections.delete(connection)) connection.close();
      await listening;
    }
  }

  async #sync(connection: Deno.Conn): Promise<void> {
    const { id, text } = await readSync(connection);
    const [, path, mode] = /^(.*?)(?:,(\d+))?$/.exec(
      text.replace(/^\/data\//, `${this.#root.path}$&`),
    )!;
    if (id === "STAT") {
      const found = await Deno.stat(path).catch(() => undefined);
      return await write(connection, "STAT", u32(found?.mode ?? 0), u32(found?.size ?? 0), u32(0));
    }
    if (id === "RECV") {
      const data = await Deno.readFile(path);
      for (let at = 0; at < data.length; at += 65536) {
        const piece = data.subarray(at, at + 65536);
        await write(connection, "DATA", u32(piece.length), piece);
      }
      return await write(connection, "DONE", u32(0));
    }
    using file = await Deno.open(path, { write: true, create: true, mode: Number(mode) & 0o777 });
    for (;;) {
      const header = await readExactly(connection, 8);
      if (new TextDecoder().decode(header.subarray(0, 4)) === "DONE") break;
      const piece = await readExactly(connection, new DataView(header.buffer).getUint32(4, true));
      for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
    }
    await write(connection, "OKAY", u32(0));
  }
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

async function write(
  connection: Deno.Conn,
  ...parts: readonly (string | readonly number[] | Uint8Array)[]
): Promise<void> {
  const blobs = parts.map((part) => typeof part === "string" ? part : Uint8Array.from(part));
  const bytes = await new Blob(blobs).bytes();
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readExactly(connection: Deno.Conn, length: number) {
  const out = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await connection.read(out.subarray(filled));
    if (count === null) throw new Deno.errors.UnexpectedEof();
    filled += count;
  }
  return out;
}

async function readRequest(connection: Deno.Conn): Promise<string> {
  const length = parseInt(new TextDecoder().decode(await readExactly(connection, 4)), 16);
  return new TextDecoder().decode(await readExactly(connection, length));
}

async function readSync(connection: Deno.Conn): Promise<{ id: string; text: string }> {
  const header = await readExactly(connection, 8);
  const text = await readExactly(connection, new DataView(header.buffer).getUint32(4, true));
  const decoder = new TextDecoder();
  return { id: decoder.decode(header.subarray(0, 4)), text: decoder.decode(text) };
}
