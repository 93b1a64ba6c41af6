/**
 * Random filters removed.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { Compressor } from "../compressor.ts";
import { uniformControl } from "./uniform.ts";

/** As many filters as the other uniform controls keep, but drawn at random: what scores are worth. */
export const randomFilter: Compressor<Record<never, never>> = uniformControl({
  id: "random-filter",
  description: "filters removed at random, the same fraction everywhere (control)",
  paper: {
    authors: "Mittal, Bhardwaj, Khapra, Ravindran",
    title: "Studying the Plasticity in Deep Convolutional Neural Networks Using Random Pruning",
    venue: "Machine Vision and Applications 2019",
    url: "https://arxiv.org/abs/1812.10240",
  },
  score: (_model, { channels }, { seed }) =>
    new Random(seed, "random-filter").fillUniform(new Float32Array(channels.count)),
  note: ({ seed }) => `filters drawn with seed ${seed}`,
});
