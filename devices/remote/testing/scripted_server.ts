/**
 * A server of which every byte is written down beforehand, what it must be sent and what it
 * answers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** One turn of a conversation: bytes that must come, so many of any kind, or bytes to send. */
export type Turn =
  | { readonly expect: Uint8Array }
  | { readonly skip: number }
  | { readonly send: Uint8Array };

/** Texts and lists of bytes, one behind the other. */
export function bytes(...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...encoder.encode(part)] : [...part]),
  );
}

/**
 * Serves conversations, one for each connection in order, while `work` lasts; each connection is
 * closed at the end of its conversation.
 *
 * @throws {AssertionError} when other bytes came than were written down, or not all conversations
 * took place.
 */
export async function withScript(
  conversations: readonly (readonly Turn[])[],
  work: (server: { hostname: string; port: number }) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  let held = 0;
  const serve = async () => {
    for (const turns of conversations) {
      using connection = await listener.accept();
      for (const turn of turns) {
        if ("send" in turn) await sendAll(connection, turn.send);
        else if ("skip" in turn) await receive(connection, turn.skip);
        else assertEquals(show(await receive(connection, turn.expect.length)), show(turn.expect));
      }
      held++;
    }
  };
  const [served, worked] = await Promise.allSettled([
    serve(),
    work({ hostname: "127.0.0.1", port }).finally(() => listener.close()),
  ]);
  if (served.status === "rejected" && held < conversations.length) {
    // What the test saw follows from the wrong bytes, so they are told.
    if (!(served.reason instanceof Deno.errors.BadResource)) throw served.reason;
  }
  if (worked.status === "rejected") throw worked.reason;
  assertEquals(held, conversations.length, "conversations held");
}

/** Bytes as a text in which those that are no letters are seen. */
function show(data: Uint8Array): string {
  return [...data].map((b) => b >= 32 && b < 127 ? String.fromCharCode(b) : `<${b}>`).join("");
}

async function sendAll(connection: Deno.Conn, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
}

/** So many bytes, fewer when no more come. */
async function receive(connection: Deno.Conn, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await connection.read(out.subarray(filled));
    if (count === null) return out.subarray(0, filled);
    filled += count;
  }
  return out;
}
