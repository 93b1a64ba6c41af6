/**
 * From the definition of an experiment to its cells as plain values.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Cell, Experiment, Part, Scale } from "../../suites/experiments/experiment.ts";
import { type CellSpec, DENSE } from "./records.ts";

/** A cell with its place in the definition. */
export interface PlannedCell {
  /** What it is. */
  readonly spec: CellSpec;
  /** What people read. */
  readonly label: string;
}

/** The cells of a part from one seed, the dense network first. */
export function plannedCells(
  experiment: Pick<Experiment, "id">,
  scale: Scale,
  part: Part,
  seed: number,
  files: ReadonlyMap<string, string>,
): PlannedCell[] {
  const dense: Cell = {
    id: DENSE,
    label: "dense",
    method: "dense",
    options: {},
    target: { macs: 1 },
  };
  return [dense, ...part.cells].map(({ id, label, method, options, target }) => ({
    label,
    spec: {
      experiment: experiment.id,
      scale,
      part: part.id,
      cell: id,
      method,
      options,
      target,
      seed,
      // How methods learn is nothing to the dense network, which may serve other budgets, too.
      setting: settingOf(part, files, id !== DENSE),
    },
  }));
}

/** What a result depends on besides method and seed. */
function settingOf(
  { network, extents, data, dense, tune, budget, align }: Part,
  files: ReadonlyMap<string, string>,
  tuned: boolean,
): CellSpec["setting"] {
  const { splitTest, splitTrain, ...samples } = data;
  return {
    network: "id" in network ? network.id : { file: files.get(network.file) ?? "" },
    ...(extents && { extents }),
    data: {
      ...samples,
      ...(splitTest !== undefined && { splitTest: hashOf(splitTest) }),
      ...(splitTrain !== undefined && { splitTrain: hashOf(splitTrain) }),
    },
    ...(dense && { dense }),
    ...(tuned && { tune, budget }),
    ...(tuned && align !== undefined && { align }),
  };
}

/** First 12 hex digits of the SHA-256. */
export function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}
