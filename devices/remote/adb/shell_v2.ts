/**
 * adb's shell protocol: packets of one byte of kind, four of length, little-endian, and data, in
 * both directions; output, errors and the exit code come apart.
 *
 * @module
 */

import type { Ending, RunningCommand } from "../transport.ts";
import type { AdbSocket } from "./socket.ts";

/** Kinds of packets. */
const STDOUT = 1, STDERR = 2, EXIT = 3, CLOSE_STDIN = 4;

/** Starts a line of shell on a socket that is switched to a phone; the socket is then the command's. */
export async function startShell(socket: AdbSocket, line: string): Promise<RunningCommand> {
  await socket.request(`shell,v2,raw:${line}`);
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>(
    undefined,
    undefined,
    { highWaterMark: 16 },
  );
  const ended = follow(socket, writable.getWriter());
  ended.catch(() => {}); // those who wait for it are told
  return {
    stdout: readable,
    ended,
    endInput: () => socket.write(Uint8Array.of(CLOSE_STDIN, 0, 0, 0, 0)),
    abandon: () => socket[Symbol.dispose](),
  };
}

/** Hands the output on until the command ends, and closes the socket. */
async function follow(
  socket: AdbSocket,
  stdout: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
): Promise<Ending> {
  using _closed = socket;
  const errors: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (;;) {
      const header = await socket.read(5);
      const length = new DataView(header.buffer).getUint32(1, true);
      const data = await socket.read(length);
      if (header[0] === STDOUT) await stdout.write(data);
      if (header[0] === STDERR) errors.push(data);
      if (header[0] === EXIT) {
        await stdout.close();
        return { code: data[0], stderr: await new Blob(errors).text() };
      }
    }
  } catch (error) {
    await stdout.abort(error).catch(() => {}); // it has been given up already
    throw error;
  }
}
