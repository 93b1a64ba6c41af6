/**
 * How suites make the input of networks that have only one.
 *
 * @module
 */

import { loadClip } from "./datasets/clip.ts";
import { loadPicture, type PictureProtocol } from "./datasets/picture.ts";
import type { ClipProtocol } from "./datasets/protocol.ts";
import type { Suite } from "./suite.ts";

/** Feeds a clip, real or generated, made as `protocol` says. */
export function clipInput(protocol: ClipProtocol): Suite["loadInput"] {
  return async (model, { path, ...options }) => {
    const { tensor, description } = await loadClip(path, protocol, options);
    return { tensors: new Map([[model.inputs[0].name, tensor]]), description };
  };
}

/** Feeds a picture, real or generated, made as `protocol` says. */
export function pictureInput(protocol: PictureProtocol): Suite["loadInput"] {
  return async (model, { path, ...options }) => {
    const { tensor, description } = await loadPicture(path, protocol, options);
    return { tensors: new Map([[model.inputs[0].name, tensor]]), description };
  };
}
