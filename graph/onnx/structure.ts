/**
 * Weight structures as ONNX `metadata_props`: one entry per structured weight.
 *
 * The key is `kerf.structure/<weight>`, the value JSON:
 * `{"scheme": "kgs", "layout": {"filters": 8, "channels": 4, "positions": "each"}, "kept": "..."}`
 * where `kept` is a bitmap in base64, one bit per group in the order of
 * {@linkcode WeightStructure.kept}, least significant bit first.
 *
 * @module
 */

import { groupGrid, type WeightStructure } from "../structure.ts";
import type { Shape } from "../tensor.ts";

/** What keys of structures begin with. */
export const STRUCTURE_PREFIX = "kerf.structure/";

/** Encodes a structure as the value of its metadata entry. */
export function encodeStructure({ scheme, layout, kept }: WeightStructure): string {
  const bitmap = new Uint8Array(Math.ceil(kept.length / 8));
  for (let g = 0; g < kept.length; g++) if (kept[g]) bitmap[g >> 3] |= 1 << (g & 7);
  const { filters, channels, positions } = layout;
  return JSON.stringify({
    scheme,
    layout: { filters, channels, positions },
    kept: bitmap.toBase64(),
  });
}

/**
 * Decodes the value of a metadata entry for a weight of `shape`.
 *
 * @throws {SyntaxError} when the text is not a structure, or does not fit the weight.
 */
export function decodeStructure(text: string, weight: string, shape: Shape): WeightStructure {
  let json: unknown;
  let bitmap: Uint8Array;
  try {
    json = JSON.parse(text);
    if (!isStructure(json)) throw new SyntaxError("fields are missing or of the wrong type");
    bitmap = Uint8Array.fromBase64(json.kept);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read the structure of weight "${weight}": ${(cause as Error).message}`,
      { cause },
    );
  }
  const { scheme, layout: { filters, channels, positions } } = json;
  const layout = { filters, channels, positions };
  const { groups } = groupGrid(shape, layout);
  if (bitmap.length !== Math.ceil(groups / 8)) {
    throw new SyntaxError(
      `Cannot read the structure of weight "${weight}" as it must have ${groups} groups: ` +
        `current value is a bitmap of ${bitmap.length} bytes`,
    );
  }
  const kept = new Uint8Array(groups);
  for (let g = 0; g < groups; g++) kept[g] = bitmap[g >> 3] >> (g & 7) & 1;
  return { scheme, layout, kept };
}

function isStructure(
  json: unknown,
): json is Omit<WeightStructure, "kept"> & { readonly kept: string } {
  const { scheme, layout, kept } = Object(json);
  const { filters, channels, positions } = Object(layout);
  return typeof scheme === "string" && typeof kept === "string" &&
    Number.isSafeInteger(filters) && filters >= 1 &&
    Number.isSafeInteger(channels) && channels >= 1 &&
    (positions === "each" || positions === "all");
}
