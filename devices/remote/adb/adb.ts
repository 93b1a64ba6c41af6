/**
 * Phones by the adb server, whose protocol is spoken here, so that no program has to be started.
 *
 * @module
 */

import {
  type AbortOptions,
  type Content,
  type CopyOptions,
  RemoteError,
  type RunningCommand,
  type Transport,
} from "../transport.ts";
import { startShell } from "./shell_v2.ts";
import { type AdbServer, AdbSocket } from "./socket.ts";
import { receiveFile, sendFile, statFile } from "./sync.ts";

/** Prepares a connection; what is wrong with the phone is told by the first command. */
export function openAdb(server: AdbServer, serial: string): Transport {
  return new Adb(server, serial);
}

class Adb implements Transport {
  readonly #server: AdbServer;
  readonly #serial: string;
  #modern: Promise<void> | undefined;

  constructor(server: AdbServer, serial: string) {
    this.#server = server;
    this.#serial = serial;
  }

  async start(line: string): Promise<RunningCommand> {
    await (this.#modern ??= this.#requireShellProtocol());
    const socket = await this.#switched();
    try {
      return await startShell(socket, line);
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  size(path: string): Promise<number | undefined> {
    return this.#within(undefined, (socket) => statFile(socket, path));
  }

  push(content: Content, path: string, options: CopyOptions = {}): Promise<void> {
    return this.#within(options.signal, (socket) => sendFile(socket, content, path, options));
  }

  pull(path: string, { signal }: AbortOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#within(signal, (socket) => receiveFile(socket, path));
  }

  /** Connections last no longer than what they were made for. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Phones before Android 7 mix a command's output with its errors and do not tell its code. */
  async #requireShellProtocol(): Promise<void> {
    using socket = await AdbSocket.connect(this.#server, this.#serial);
    await socket.request(`host-serial:${this.#serial}:features`);
    const features = (await socket.readCounted()).split(",");
    if (features.includes("shell_v2")) return;
    throw new RemoteError(`Cannot use "${this.#serial}" as it must have Android 7 or newer`);
  }

  async #switched(): Promise<AdbSocket> {
    const socket = await AdbSocket.connect(this.#server, this.#serial);
    try {
      await socket.request(`host:transport:${this.#serial}`);
      return socket;
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  async #within<T>(
    signal: AbortSignal | undefined,
    work: (socket: AdbSocket) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    using socket = await this.#switched();
    const stop = () => socket[Symbol.dispose]();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await work(socket);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }
}
