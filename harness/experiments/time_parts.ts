/**
 * Times the networks of an experiment once they are trained: for each part that wants it, those of the
 * first seed in one interleaved run.
 *
 * @module
 */

import { basename } from "node:path";
import type { TrainedModel } from "../../suites/trained_models.ts";
import type { Part } from "../../suites/experiments/experiment.ts";
import type { BenchProgress } from "../forecast.ts";
import { benchModels } from "./latency.ts";
import { type CellRecord, DENSE, workId } from "./records.ts";
import type { ExperimentStore } from "./store.ts";
import { WorkFolder } from "./work_folder.ts";

/** Options of {@linkcode timeParts}. */
export interface TimePartsOptions {
  /** Folder of all results. */
  readonly results: string;
  /** The command that makes the experiment again. */
  readonly command: string;
  /** Worker threads, each a comparison of its own. */
  readonly threads: readonly number[];
  /** Rounds, each in a fresh process; 6 give 95 % intervals. */
  readonly rounds: number;
  /** Folder of the work of cells. @default beside other built things of the project */
  readonly work?: string;
  /** Ends the work; finished runs are kept. */
  readonly signal?: AbortSignal;
  /** Told what is being done. */
  onProgress?(progress: BenchProgress): void;
}

/** Methods that are there for comparison only. */
const CONTROLS: ReadonlySet<string> = new Set([
  "random-kgs",
  "random-filter",
  "unstructured",
  "column",
  "pattern",
  "l1-filter",
  "l2-filter",
  "fpgm",
  "bn-slim",
  "netadapt",
  "amc",
  "cp",
]);

/**
 * Times what has not been timed yet. Networks that are not on this machine, as when records were copied,
 * are left out; a part without its dense network is not timed.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function timeParts(
  store: ExperimentStore,
  parts: readonly Part[],
  options: TimePartsOptions,
): Promise<void> {
  const { id, scale, machine } = store.manifest;
  for (const part of parts.filter(({ timed }) => timed)) {
    if (part.id in store.manifest.latency) continue;
    const networks = networksOf(store.cells(), part, options.work);
    if (networks === undefined) continue;
    const { signal, onProgress, threads, rounds } = options;
    const { run, folder, interrupted } = await benchModels({
      id: `${id}-${scale}-${part.id}`,
      description: part.title,
      ...networks,
      threads,
      rounds,
      blocks: 3,
      out: options.results,
      machine,
      command: options.command,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    if (interrupted) throw signal?.reason ?? new Error("interrupted");
    if (!run.cases.some(({ latency }) => latency)) continue;
    store.update({ latency: { ...store.manifest.latency, [part.id]: basename(folder) } });
  }
}

/** The files of the first seed's networks. */
function networksOf(records: readonly CellRecord[], part: Part, work: string | undefined) {
  const pathOf = ({ spec }: CellRecord) => {
    const folder = new WorkFolder(workId(spec), work);
    return folder.hasModel ? folder.model : undefined;
  };
  const [seed] = part.seeds;
  const own = records.filter(({ spec, status }) =>
    spec.part === part.id && spec.seed === seed && status === "ok"
  );
  const dense = own.find(({ spec }) => spec.cell === DENSE);
  const path = dense && pathOf(dense);
  if (path === undefined) return undefined;
  const rows = own.flatMap((record): TrainedModel[] => {
    const { label, spec: { method, options } } = record;
    const path = record === dense ? undefined : pathOf(record);
    const role = CONTROLS.has(method) ? "control" : "subject";
    return path === undefined ? [] : [{ label, method, options, role, path }];
  });
  return rows.length > 0 ? { dense: { path }, rows } : undefined;
}
