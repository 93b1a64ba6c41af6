/**
 * A connection to the adb server, which speaks for all phones of this machine: requests are four
 * hexadecimal digits of length and a service's name, answered by `OKAY`, or by `FAIL` and why.
 *
 * @module
 */

import { RemoteError } from "../transport.ts";

/** Where the adb server listens. */
export type AdbServer = Deno.ConnectOptions | Deno.UnixConnectOptions;

/**
 * Reads `ADB_SERVER_SOCKET` as adb does: `tcp:PORT`, `tcp:HOST:PORT` or `localfilesystem:PATH`.
 *
 * @throws {SyntaxError} with what would be accepted.
 */
export function parseAdbServer(text = "tcp:5037"): AdbServer {
  const [, path] = /^localfilesystem:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { transport: "unix", path };
  const [, host = "127.0.0.1", port] = /^tcp:(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(text) ?? [];
  if (Number(port) >= 1 && Number(port) <= 65535) {
    return { hostname: host === "localhost" ? "127.0.0.1" : host, port: Number(port) };
  }
  throw new SyntaxError(
    "Cannot find the adb server as ADB_SERVER_SOCKET must be tcp:PORT, tcp:HOST:PORT or " +
      `localfilesystem:PATH: current value is "${text}"`,
  );
}

/** One conversation with the server. */
export class AdbSocket implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #serial: string;
  readonly #buffer = new Uint8Array(1 << 16);
  #pending = this.#buffer.subarray(0, 0);
  #closed = false;

  private constructor(connection: Deno.Conn, serial: string) {
    this.#connection = connection;
    this.#serial = serial;
  }

  /**
   * Connects to the server.
   *
   * @param serial Whom the conversation will be about, for messages.
   * @throws {RemoteError} when there is no server, and how to start one.
   */
  static async connect(server: AdbServer, serial: string): Promise<AdbSocket> {
    const place = "path" in server ? server.path : `${server.hostname}:${server.port}`;
    try {
      if ("path" in server) return new AdbSocket(await Deno.connect(server), serial);
      const connection = await Deno.connect(server);
      connection.setNoDelay(); // short questions, each of which waits for its answer
      return new AdbSocket(connection, serial);
    } catch (cause) {
      const remedy = cause instanceof Deno.errors.NotCapable
        ? `allow it by --allow-net=${place}`
        : `start it by "adb start-server" (on Debian, apt-get install adb)`;
      throw new RemoteError(`Cannot reach the adb server at ${place}: ${remedy}`, { cause });
    }
  }

  /** Asks for a service. @throws {RemoteError} when it fails, with what to do about it. */
  async request(service: string): Promise<void> {
    const bytes = new TextEncoder().encode(service);
    const length = bytes.length.toString(16).padStart(4, "0");
    await this.write(new TextEncoder().encode(length), bytes);
    const status = await this.readText(4);
    if (status === "OKAY") return;
    if (status === "FAIL") throw new RemoteError(explain(this.#serial, await this.readCounted()));
    throw new RemoteError(
      `Cannot talk to the adb server as its answer must be OKAY or FAIL: current value is ` +
        JSON.stringify(status),
    );
  }

  /** Reads a text behind its length in four hexadecimal digits. */
  async readCounted(): Promise<string> {
    return await this.readText(parseInt(await this.readText(4), 16) || 0);
  }

  /** Reads a text of so many bytes. */
  async readText(length: number): Promise<string> {
    return new TextDecoder().decode(await this.read(length));
  }

  /** Reads so many bytes. @throws {RemoteError} when the connection ends before. */
  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (!this.#pending.length) await this.#fill();
      const part = this.#pending.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#pending = this.#pending.subarray(part.length);
    }
    return out;
  }

  /** Writes all parts. @throws {RemoteError} when the connection ends before. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      for (let written = 0; written < part.length;) {
        written += await this.#connection.write(part.subarray(written)).catch((cause) =>
          this.#broke(cause)
        );
      }
    }
  }

  /** Ends the conversation; what waits for an answer fails. */
  [Symbol.dispose](): void {
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }

  async #fill(): Promise<void> {
    const count = await this.#connection.read(this.#buffer).catch((cause) => this.#broke(cause));
    this.#pending = this.#buffer.subarray(0, count ?? this.#broke());
  }

  #broke(cause?: unknown): never {
    throw new RemoteError(
      `Cannot go on as the connection to "${this.#serial}" broke: was the cable pulled, or the ` +
        `adb server ended?`,
      { cause },
    );
  }
}

/** What the server said, in our words, and what to do about it. */
export function explain(serial: string, said: string): string {
  const found = ([
    [/not found/, `Cannot find "${serial}": "adb devices" lists what is there`],
    [
      /unauthorized/,
      `Cannot use "${serial}" as it must trust this computer: confirm the question on its screen`,
    ],
    [
      /offline|still (connecting|authorizing)/,
      `Cannot use "${serial}" as it does not answer: plug it in anew, or "adb reconnect offline"`,
    ],
  ] as const).find(([pattern]) => pattern.test(said));
  const own = found?.[1] ?? `Cannot use "${serial}"`;
  return `${own} (adb says: ${said.split("\n")[0].trim()})`;
}
