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

  async start(line: string, { signal }: AbortOptions = {}): Promise<RunningCommand> {
    await (this.#modern ??= this.#requireShellProtocol(signal));
    return await this.#switched(signal, (socket) => startShell(socket, line));
  }

  size(path: string, { signal }: AbortOptions = {}): Promise<number | undefined> {
    return this.#within(signal, (socket) => statFile(socket, path));
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
  async #requireShellProtocol(signal?: AbortSignal): Promise<void> {
    const features = await this.#connected(signal, async (socket) => {
      using asked = socket;
      await asked.request(`host-serial:${this.#serial}:features`);
      return (await asked.readCounted()).split(",");
    });
    if (features.includes("shell_v2")) return;
    throw new RemoteError(`Cannot use "${this.#serial}" as it must have Android 7 or newer`);
  }

  /** Works on a connection to the phone that ends with the work. */
  #within<T>(
    signal: AbortSignal | undefined,
    work: (socket: AdbSocket) => Promise<T>,
  ): Promise<T> {
    return this.#switched(signal, async (socket) => {
      using used = socket;
      return await work(used);
    });
  }

  /** Works on a connection to the phone. */
  #switched<T>(
    signal: AbortSignal | undefined,
    work: (socket: AdbSocket) => Promise<T>,
  ): Promise<T> {
    return this.#connected(signal, async (socket) => {
      await socket.request(`host:transport:${this.#serial}`);
      return await work(socket);
    });
  }

  /** Works on a connection to the server, which is closed when the work fails or is aborted. */
  async #connected<T>(
    signal: AbortSignal | undefined,
    work: (socket: AdbSocket) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const socket = await AdbSocket.connect(this.#server, this.#serial);
    const stop = () => socket[Symbol.dispose]();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await work(socket);
    } catch (error) {
      stop();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }
}
