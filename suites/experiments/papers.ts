/**
 * Networks with data and training as in the papers, for people who have the data, trained networks to
 * begin with, and a graphics card (`--provider`). Nothing of it was run by us.
 *
 * @module
 */

import type { Network } from "../networks.ts";
import type { Learner } from "./learners.ts";

/** A network on the kind of data that the papers have for it. */
export function withPapersData(network: string, kind: Network["kind"]): Learner {
  switch (kind) {
    case "clips":
      return onUcf101(network);
    case "detection":
      return onCoco(network);
    case "images":
      return searchedOnImageNet(network);
  }
}

/** RT3D, section "Experimental results": 16-frame clips, batch 32, 240 epochs in all. */
export function onUcf101(network: string): Learner {
  return {
    id: `${network}-ucf101`,
    title: `${network}, trained, on UCF101 (real)`,
    network: { file: network },
    data: { source: "ucf101", path: "ucf101", validation: 500 },
    tune: { batch: 32, optimiser: "sgd", rate: 2e-4, schedule: "cosine", decay: 5e-4 },
    budget: { prune: 150, retrain: 90 },
    seeds: [1],
    timed: true,
  };
}

/** YOLObile's released commands: batch 64, four rhos of 25 epochs, 280 epochs with masks. */
export function onCoco(network: string): Learner {
  return {
    id: `${network}-coco`,
    title: `${network}, trained, on COCO (real)`,
    network: { file: network },
    data: { source: "coco", path: "coco", validation: 1000 },
    tune: { batch: 64, optimiser: "sgd", rate: 5e-3, schedule: "warmup:0.02,cosine", decay: 5e-4 },
    budget: { prune: 100, retrain: 280 },
    seeds: [1],
    timed: true,
  };
}

/** Kim et al., section 4: one fine-tune at 1e-3, which falls to a tenth every few epochs. */
export function tunedOnImageNet(network: string): Learner {
  return {
    ...onImageNet(network),
    tune: { batch: 128, optimiser: "sgd", rate: 1e-3, schedule: "step:5:10:x0.1", decay: 5e-4 },
    budget: { prune: 0, retrain: 15 },
  };
}

/** AutoCompress on ImageNet, by the schedules of its authors' other code. */
export function searchedOnImageNet(network: string): Learner {
  return {
    ...onImageNet(network),
    tune: { batch: 256, optimiser: "sgd", rate: 1e-2, schedule: "warmup:0.05,cosine", decay: 1e-4 },
    budget: { prune: 60, retrain: 60 },
  };
}

function onImageNet(network: string): Omit<Learner, "tune" | "budget"> {
  return {
    id: `${network}-imagenet`,
    title: `${network}, trained, on ImageNet (real)`,
    network: { file: network },
    data: { source: "images", path: "imagenet", validation: 5000 },
    seeds: [1],
    timed: true,
  };
}
