/**
 * The peer engines that run in children, and what they are called.
 *
 * @module
 */

import type { PeerEngine } from "./engine.ts";
import { MNN } from "./mnn.ts";
import { NCNN } from "./ncnn.ts";
import { OWN } from "./own.ts";
import { PYTORCH } from "./pytorch.ts";
import { TFLITE } from "./tflite.ts";

/** All of them; to add one, add its file and its line. */
export const PEER_ENGINES: readonly PeerEngine[] = [PYTORCH, NCNN, MNN, TFLITE];

/** The id of the engine that Kerf has built in. */
export const BUILT_IN = "onnxruntime";

/** Name for people of the peer engine with an id; a program of someone's own is called by its path. */
export function engineName(id: string): string {
  if (id === BUILT_IN) return "ONNX Runtime";
  if (id.startsWith(OWN)) return id.slice(OWN.length);
  return PEER_ENGINES.find((engine) => engine.id === id)?.name ?? id;
}

/**
 * The id of the device that is meant by a word of `--peers`: an engine's id, or the path of a program,
 * which is told by its slash.
 */
export function peerDeviceId(word: string): string {
  return word.includes("/") && !word.startsWith(OWN) ? `${OWN}${word}` : word;
}
