/**
 * The compact index: ascending lists of kept columns, delta-coded in bytes. An entry is its
 * distance from the predecessor less one (the first: from -1), in base 255: bytes of 255, then the
 * remainder. A dense list is a run of zeros; at the density of a 3.6x model a delta is one byte.
 *
 * @module
 */

/** Codes an ascending list of non-negative integers. */
export function encodeIndex(list: ArrayLike<number>): Uint8Array {
  let bytes = list.length;
  for (let i = 0; i < list.length; i++) {
    bytes += Math.floor((list[i] - (i ? list[i - 1] : -1) - 1) / 255);
  }
  const code = new Uint8Array(bytes);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    let delta = list[i] - (i ? list[i - 1] : -1) - 1;
    for (; delta >= 255; delta -= 255) code[at++] = 255;
    code[at++] = delta;
  }
  return code;
}

/**
 * Decodes `entries` numbers.
 *
 * @throws {SyntaxError} when the code ends early or goes on after the last entry.
 */
export function decodeIndex(code: Uint8Array, entries: number): Uint32Array {
  // An entry takes at least a byte: asked ahead of the allocation.
  if (entries > code.length) throw endsEarly(entries, code.length);
  const list = new Uint32Array(entries);
  let at = 0, next = 0;
  for (let i = 0; i < entries; i++) {
    for (;;) {
      if (at === code.length) throw endsEarly(entries, i);
      const byte = code[at++];
      next += byte;
      if (byte < 255) break;
    }
    list[i] = next++;
  }
  if (at !== code.length) {
    throw new SyntaxError(
      `Cannot decode a column list as it must take ${at} bytes: current value is ${code.length}`,
    );
  }
  return list;
}

function endsEarly(entries: number, found: number): SyntaxError {
  return new SyntaxError(
    `Cannot decode a column list as it must have ${entries} entries: current value is ${found}`,
  );
}
