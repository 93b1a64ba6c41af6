/**
 * The option `--peers`: which other engines run along.
 *
 * @module
 */

import { nearest } from "../compressors/nearest.ts";
import { OWN } from "../devices/peers/own.ts";
import { peerDeviceId } from "../devices/peers/registry.ts";
import { DEVICES } from "../devices/registry.ts";
import { UsageError } from "./flags.ts";

/** Peer engines by their ids. */
export const PEERS: readonly string[] = DEVICES
  .filter(({ id, runs }) => runs === "onnx" && id !== OWN).map(({ id }) => id);

/**
 * The ids of the peer engines in a list, each once.
 *
 * @throws {UsageError} when there is no such engine, with the nearest names.
 */
export function peerIds(peers: string): string[] {
  return [
    ...new Set(
      peers.split(",").map((word) => {
        const id = peerDeviceId(word.trim());
        if (id.startsWith(OWN) && id !== OWN || PEERS.includes(id)) return id;
        throw new UsageError(
          `Cannot find peer engine "${id}": did you mean ${
            nearest(id, PEERS).join(" or ")
          }, or the ` +
            'path of a program, e.g. "./my-engine"?',
        );
      }),
    ),
  ];
}
