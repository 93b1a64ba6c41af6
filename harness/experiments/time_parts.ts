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
import { hashOf } from "./cells.ts";
import { benchModels } from "./latency.ts";
import { takeMachine } from "./machine_lock.ts";
import { type CellRecord, DENSE, workId } from "./records.ts";
import type { ExperimentStore } from "./store.ts";
import { WorkFolder, workParent } from "./work_folder.ts";

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
    const networks = networksOf(store.cells(), part, options.work);
    if (networks === undefined) continue;
    const { signal, onProgress, threads, rounds, work } = options;
    const { cells, ...models } = networks;
    const isTimed = () => store.manifest.timed?.[part.id] === cells;
    if (isTimed()) continue;
    onProgress?.({ label: "waiting for trainings to end", fraction: 0 });
    using _alone = await takeMachine(workParent(work), "alone", signal);
    store.update({});
    if (isTimed()) continue;
    const { run, folder, interrupted } = await benchModels({
      id: `${id}-${scale}-${part.id}`,
      description: part.title,
      ...models,
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
    store.update({
      latency: { ...store.manifest.latency, [part.id]: basename(folder) },
      timed: { ...store.manifest.timed, [part.id]: cells },
    });
  }
}

/** The files of the networks of the first seed that there is, and a hash of which they are. */
function networksOf(records: readonly CellRecord[], part: Part, work: string | undefined) {
  const pathOf = ({ spec }: CellRecord) => {
    const folder = new WorkFolder(workId(spec), work);
    return folder.hasModel ? folder.model : undefined;
  };
  const finished = records.filter(({ spec, status }) => spec.part === part.id && status === "ok");
  const seeds = finished.filter(({ spec }) => spec.cell === DENSE).map(({ spec }) => spec.seed);
  const own = finished.filter(({ spec }) => spec.seed === Math.min(...seeds));
  const dense = own.find(({ spec }) => spec.cell === DENSE);
  const path = dense && pathOf(dense);
  if (path === undefined) return undefined;
  const rows = own.flatMap((record): TrainedModel[] => {
    const { label, spec: { method, options } } = record;
    const path = record === dense ? undefined : pathOf(record);
    const role = CONTROLS.has(method) ? "control" : "subject";
    return path === undefined ? [] : [{ label, method, options, role, path }];
  });
  const cells = hashOf(own.map(({ spec, finished }) => workId(spec) + finished).join());
  return rows.length > 0 ? { dense: { path }, rows, cells } : undefined;
}
