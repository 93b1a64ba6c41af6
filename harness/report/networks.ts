/**
 * All networks that were measured on one machine, side by side: the newest run of each, and where
 * they fall short of what the project wants to reach.
 *
 * @module
 */

import { HOST } from "../case.ts";
import { type Column, type Row, toCsv } from "../records/schema.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { formatMebibytes, formatMs, formatPlain, formatRatio, toMebibytes } from "./format.ts";
import { peerName, shownRows, statusText } from "./reading.ts";
import { remarks } from "./remarks.ts";
import { markdownText } from "./table.ts";

/** A run with its folder beside the overview. */
export interface StoredRun {
  /** What was found. */
  readonly run: RunResult;
  /** Name of its folder. */
  readonly folder: string;
}

/** The rows of one network at one thread count, from one run. */
export interface NetworkRows extends StoredRun {
  /** Suite, or the file's name of a user's own model. */
  readonly network: string;
  /** Worker threads. */
  readonly threads: number;
  /** The rows that are shown. */
  readonly rows: readonly CaseResult[];
}

/** Speed over the peer engine that our dense kernels are to reach. */
const DENSE_OVER_PEER = 1;
/** The same, of networks of 3x3 convolutions, where Winograd's algorithm pays. */
const WINOGRAD_OVER_PEER = 1.2;
const WINOGRAD_NETWORKS: readonly string[] = ["vgg-16", "vgg-s", "resnet-18", "yolov4"];
/** Part of the removed work that is to become time. */
const EFFICIENCY = 0.85;
/** What Kim et al. 2016 gained on a phone by Tucker decomposition of VGG-16. */
const TUCKER_VGG16 = 3.3;

/** One target, and how it was met. */
export interface Judged {
  /** What is to be reached, e.g. `"efficiency 0.85"`. */
  readonly target: string;
  /** What was. */
  readonly value: number;
  /** Whether it is enough. */
  readonly met: boolean;
}

/**
 * The newest run of each network and thread count: of those that are finished, and rather one with
 * intervals than a first look. Networks by name, then by threads.
 */
export function newestRuns(runs: readonly StoredRun[]): NetworkRows[] {
  const newest = new Map<string, NetworkRows>();
  const ranked = runs.filter(({ run }) => run.manifest.finished !== undefined)
    .toSorted((a, b) =>
      Number(hasIntervals(a)) - Number(hasIntervals(b)) ||
      a.run.manifest.started.localeCompare(b.run.manifest.started)
    );
  for (const stored of ranked) {
    const { suite, settings } = stored.run.manifest;
    const network = settings.model === undefined ? suite : String(settings.model).split(" (")[0];
    const shown = shownRows({ ...stored.run, cases: stored.run.cases.filter(isAtItsBest) });
    if (shown.every(({ role }) => role === "peer")) continue;
    for (const [threads, rows] of Map.groupBy(shown, ({ spec }) => spec.threads)) {
      newest.set(`${network} ${threads}`, { ...stored, network, threads, rows });
    }
  }
  return [...newest.values()].sort((a, b) =>
    a.network.localeCompare(b.network) || a.threads - b.threads
  );
}

/**
 * Whether a case ran on the machine itself with nothing left out; of other devices and ablations
 * beside it a run has its own page.
 */
function isAtItsBest({ role, spec }: CaseResult): boolean {
  return role === "peer" || (spec.device === HOST && spec.packing === undefined);
}

function hasIntervals({ run }: StoredRun): boolean {
  return run.cases.some(({ latency }) => latency?.low !== undefined);
}

/**
 * What is wanted of a row, and whether it is reached; nothing of a row that has no such target.
 *
 * @param peer Name of the engine that our dense kernels are held to.
 */
export function judge(network: string, row: CaseResult, peer: string): readonly Judged[] {
  const judged = (target: string, value: number | undefined, least: number): Judged[] =>
    value === undefined
      ? []
      : [{ target: `${target} ${least.toFixed(2)}`, value, met: value >= least }];
  if (row.role === "baseline") {
    const least = WINOGRAD_NETWORKS.includes(network) ? WINOGRAD_OVER_PEER : DENSE_OVER_PEER;
    return judged(`speed-up over ${peer}`, row.speedupPeer?.value, least);
  }
  if (row.role !== "subject") return [];
  const tucker = network === "vgg-16" && row.spec.method === "tucker";
  return [
    ...judged("efficiency", row.efficiency?.value, EFFICIENCY),
    ...(tucker ? judged("speed-up over our dense", row.speedupDense?.value, TUCKER_VGG16) : []),
  ];
}

/** Columns of `networks.csv`. */
export const NETWORK_COLUMNS = [
  { name: "network", type: "text", description: "Suite, or the file of a user's own model." },
  { name: "threads", type: "integer", description: "Worker threads." },
  { name: "method", type: "text", description: "Compressor, or the peer engine." },
  { name: "scheme", type: "text", description: "Scheme and block; empty when there is none." },
  { name: "role", type: "text", description: "Part that the row plays in the comparison." },
  ratio("rate", "Achieved reduction of MACs, dense ÷ kept."),
  { name: "latency", type: "number", unit: "ms", optional: true, description: "Median." },
  ratio("speedup_peer", "Speed over the fastest peer engine on the dense model."),
  ratio("speedup_dense", "Speed over our best dense kernels."),
  ratio("speedup_direct", "Speed over our direct dense kernels."),
  ratio("efficiency", "speedup_direct ÷ rate."),
  {
    name: "activations",
    type: "number",
    unit: "MiB",
    optional: true,
    description: "Memory of all activations in the plan.",
  },
  { name: "status", type: "text", description: "How the row ended, with the reason." },
  { name: "short_of", type: "text", description: "Targets that are not reached." },
  { name: "notes", type: "text", description: "Things that a reader must know." },
  { name: "run", type: "text", description: "Folder of the run." },
] as const satisfies readonly Column[];

function ratio<const Name extends string>(name: Name, description: string) {
  return { name, type: "number", optional: true, description } as const;
}

/** The rows of all networks as CSV. */
export function networksCsv(networks: readonly NetworkRows[]): string {
  const rows = networks.flatMap(({ network, threads, folder, rows }) => {
    const peer = peerName({ cases: rows });
    return rows.map((row): Row<typeof NETWORK_COLUMNS> => ({
      network,
      threads,
      method: row.spec.method,
      scheme: row.spec.scheme,
      role: row.role,
      rate: row.rate,
      latency: row.latency?.value,
      speedup_peer: row.speedupPeer?.value,
      speedup_dense: row.speedupDense?.value,
      speedup_direct: row.speedupDirect?.value,
      efficiency: row.efficiency?.value,
      activations: row.activationBytes === undefined ? undefined : toMebibytes(row.activationBytes),
      status: statusText(row) || "ok",
      short_of: shortfalls(network, row, peer).join("; "),
      notes: row.notes.join("; "),
      run: folder,
    }));
  });
  return toCsv(NETWORK_COLUMNS, rows);
}

function shortfalls(network: string, row: CaseResult, peer: string): string[] {
  return judge(network, row, peer).filter(({ met }) => !met).map(({ target }) => target);
}

function headsOf(peer: string): string[] {
  return [
    ...["row", "rate", "ms", `over ${peer}`, "over our dense", "over our direct", "efficiency"],
    ...["activations, MiB", "remarks"],
  ];
}

/** All networks as a Markdown page that lies beside the folders of the runs. */
export function networksPage(machine: string, networks: readonly NetworkRows[]): string {
  return [
    "<!-- deno-fmt-ignore-file -->",
    "<!-- Made by `deno task networks` from the newest run of every network. -->",
    "",
    `# All networks on ${markdownText(machine)}`,
    "",
    "Times are medians; ratios are speed-ups, paired by round: over the fastest other engine on the dense model, " +
    "over our best dense kernels (what a user gains), and over our direct dense kernels, from which " +
    "efficiency = speed-up ÷ rate comes. \\~ marks ratios that noise alone could explain. The same " +
    "numbers are in [networks.csv](networks.csv).",
    "",
    ...summary(networks),
    ...networks.flatMap(section),
  ].join("\n").trimEnd() + "\n";
}

function summary(networks: readonly NetworkRows[]): string[] {
  const all = networks.flatMap(({ network, threads, rows }) =>
    rows.flatMap((row) =>
      judge(network, row, peerName({ cases: rows }))
        .map((judged) => ({ network, threads, row, judged }))
    )
  );
  const short = all.filter(({ judged }) => !judged.met);
  return [
    "## Targets",
    "",
    `Our dense kernels at least as fast as any other engine, and ${WINOGRAD_OVER_PEER} times as fast on ` +
    `${WINOGRAD_NETWORKS.join(", ")}; every method at an efficiency of at least ${EFFICIENCY}; ` +
    `Tucker on vgg-16 at least ${TUCKER_VGG16} times as fast as our best dense kernels. ` +
    `${all.length - short.length} of ${all.length} are met.`,
    "",
    ...short.map(({ network, threads, row, judged }) =>
      `- ${
        markdownText(
          `${network}, ${threadsText(threads)}: ${row.spec.method} ${row.spec.scheme}`.trim(),
        )
      } ` +
      `is short of ${judged.target}: ${judged.value.toFixed(3)}`
    ),
    ...(short.length > 0 ? [""] : []),
  ];
}

function section({ network, threads, run, folder, rows }: NetworkRows): string[] {
  const { manifest } = run;
  const peer = peerName({ cases: rows });
  const heads = headsOf(peer);
  const align = heads.map((_, i) => i === 0 || i === heads.length - 1 ? "---" : "---:");
  return [
    `## ${markdownText(network)}, ${threadsText(threads)}`,
    "",
    markdownText(`Input: ${manifest.input}. `) +
    `[Page of the run](${encodeURI(folder)}/index.html), ${manifest.started.slice(0, 10)}.`,
    "",
    ...[heads, align, ...rows.map((row) => cells(network, row, peer))]
      .map((line) => `| ${line.join(" | ")} |`),
    "",
    ...remarks(rows).map((text) => `- ${markdownText(text)}`),
    "",
  ];
}

function cells(network: string, row: CaseResult, peer: string): string[] {
  const { spec, rate, latency, speedupPeer, speedupDense, speedupDirect, role } = row;
  const ratioText = (found: CaseResult["speedupDense"]) =>
    found === undefined
      ? ""
      : (found.low !== undefined && found.verdict === "none shown" ? "~" : "") +
        formatPlain(found.value);
  const judged = role === "subject" || role === "control" ? row.efficiency : undefined;
  const short = shortfalls(network, row, peer).map((target) => `**short of ${target}**`);
  const status = [statusText(row)].filter((text) => text !== "").map(markdownText);
  return [
    ...[
      `${spec.method} ${spec.scheme}`.trim(),
      rate === undefined ? "" : formatRatio(rate),
      latency === undefined ? "" : formatMs(latency.value),
      role === "peer" ? "" : ratioText(speedupPeer),
      role === "baseline" ? "" : ratioText(speedupDense),
      role === "direct" ? "" : ratioText(speedupDirect),
      judged === undefined ? "" : formatPlain(judged.value),
      row.activationBytes === undefined ? "" : formatMebibytes(row.activationBytes),
    ].map(markdownText),
    [...short, ...status].join("; "),
  ];
}

function threadsText(threads: number): string {
  return `${threads} ${threads === 1 ? "thread" : "threads"}`;
}
