/**
 * adb's file protocol: requests and answers of four letters and a little-endian number, with data
 * behind them in pieces of at most 64 KiB.
 *
 * @module
 */

import { type Content, type CopyOptions, metered, RemoteError } from "../transport.ts";
import type { AdbSocket } from "./socket.ts";

/** Most bytes of one piece. */
const PIECE = 1 << 16;

/** A regular file that its owner and others may run: `0100755`. */
const EXECUTABLE_FILE = 0o100755;

function packet(id: string, number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new TextEncoder().encodeInto(id, bytes);
  new DataView(bytes.buffer).setUint32(4, number, true);
  return bytes;
}

async function ask(socket: AdbSocket, id: string, path: string): Promise<void> {
  const name = new TextEncoder().encode(path);
  await socket.write(packet(id, name.length), name);
}

async function answer(socket: AdbSocket): Promise<{ id: string; number: number }> {
  const bytes = await socket.read(8);
  const id = new TextDecoder().decode(bytes.subarray(0, 4));
  return { id, number: new DataView(bytes.buffer).getUint32(4, true) };
}

/** Takes an answer that is not the one wanted. */
async function refuse(
  socket: AdbSocket,
  { id, number }: { id: string; number: number },
  what: string,
): Promise<never> {
  const said = id === "FAIL" ? await socket.readText(number) : `unknown answer "${id}"`;
  throw new RemoteError(`Cannot ${what}: ${said}`);
}

/** Bytes of a file on the phone, modulo 2^32; undefined when there is none. */
export async function statFile(socket: AdbSocket, path: string): Promise<number | undefined> {
  await socket.request("sync:");
  await ask(socket, "STAT", path);
  const { id, number: mode } = await answer(socket);
  if (id !== "STAT") await refuse(socket, { id, number: mode }, `look for ${path}`);
  const size = new DataView((await socket.read(8)).buffer).getUint32(0, true); // and the time
  return mode === 0 ? undefined : size;
}

/** Writes a file on the phone. */
export async function sendFile(
  socket: AdbSocket,
  content: Content,
  path: string,
  { onProgress }: CopyOptions = {},
): Promise<void> {
  await socket.request("sync:");
  await ask(socket, "SEND", `${path},${EXECUTABLE_FILE}`);
  try {
    for await (const chunk of content.stream().pipeThrough(metered(content.size, onProgress))) {
      for (let at = 0; at < chunk.length; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE);
        await socket.write(packet("DATA", piece.length), piece);
      }
    }
    await socket.write(packet("DONE", Math.floor(Date.now() / 1000)));
  } catch (error) {
    // A phone that is full says so and closes while we are still writing.
    const said = await answer(socket).catch(() => undefined);
    if (said) await refuse(socket, said, `write ${path}`);
    throw error;
  }
  const { id, number } = await answer(socket);
  if (id !== "OKAY") await refuse(socket, { id, number }, `write ${path}`);
}

/** Reads a file on the phone. */
export async function receiveFile(
  socket: AdbSocket,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await socket.request("sync:");
  await ask(socket, "RECV", path);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { id, number } = await answer(socket);
    if (id === "DONE") return await new Blob(pieces).bytes();
    if (id !== "DATA") await refuse(socket, { id, number }, `read ${path}`);
    pieces.push(await socket.read(number));
  }
}
