/**
 * Chart of who works when: a row of bars for each processor.
 *
 * @module
 */

import type { Mark } from "./chart_marks.ts";
import { barChartHeight, barOptions, type ChartConfig, type ChartSpec } from "./chart_spec.ts";
import { PALETTE } from "./chart_style.ts";
import { formatMs } from "./format.ts";

/** A stretch of work. */
export interface TimelineSpan {
  /** What is done. */
  readonly name: string;
  /** Copies are drawn in a colour of their own. */
  readonly kind: "work" | "copy";
  /** Nanoseconds. */
  readonly begin: number;
  /** Nanoseconds. */
  readonly end: number;
}

/** What one processor does, in order, one thing at a time. */
export interface TimelineLane {
  /** Name of the processor. */
  readonly name: string;
  /** What it does. */
  readonly spans: readonly TimelineSpan[];
}

/** What stands around a timeline; see {@linkcode ChartSpec}. */
export type TimelineWords = Pick<ChartSpec, "name" | "title" | "subtitle">;

const WORK_COLOUR = PALETTE[0], COPY_COLOUR = PALETTE[1];
const NO_COLOUR = "#00000000";
/** Pauses below this share of the whole are not drawn. */
const SHORTEST_PAUSE = 1 / 1000;

/** The timeline of some lanes. */
export function timelineChart(
  { name, title, subtitle }: TimelineWords,
  lanes: readonly TimelineLane[],
): ChartSpec {
  const whole = Math.max(...lanes.flatMap(({ spans }) => spans.map(({ end }) => end)));
  const drawn = lanes.map(({ spans }) => merged(spans, whole * SHORTEST_PAUSE));
  const most = Math.max(...drawn.map(({ length }) => length));
  return {
    name,
    title,
    subtitle: `${subtitle} Blue: at work; orange: copying.`,
    alternative: lanes.map(({ name }, i) =>
      `${name}: ${
        drawn[i].map((s) => `${s.name} ${formatMs(s.begin / 1e6)} to ${formatMs(s.end / 1e6)} ms`)
          .join(", ")
      }`
    ).join("; "),
    height: barChartHeight(lanes.length),
    config: {
      type: "bar",
      data: {
        labels: lanes.map(({ name }) => name),
        // Bars are stacked: the pause before each stretch of work, and the stretch.
        datasets: Array.from({ length: most }, (_, i) => {
          const rows = drawn.map((spans) => ({ span: spans[i], before: spans[i - 1]?.end ?? 0 }));
          return [
            dataset(rows.map(({ span, before }) => span ? span.begin - before : 0)),
            dataset(
              rows.map(({ span }) => span ? span.end - span.begin : 0),
              rows.map(({ span }) => span),
            ),
          ];
        }).flat(),
      },
      options: barOptions("time, ms", true),
    },
  };
}

/** One piece of every row. */
function dataset(
  lengths: readonly number[],
  spans: readonly (TimelineSpan | undefined)[] = [],
): ChartConfig["data"]["datasets"][number] {
  return {
    data: lengths.map((ns, y): Mark => {
      const span = spans[y];
      return {
        x: ns / 1e6,
        y,
        ...(span && { detail: `${span.name}: ${formatMs(ns / 1e6)} ms` }),
      };
    }),
    backgroundColor: lengths.map((_, y) =>
      spans[y] ? spans[y].kind === "copy" ? COPY_COLOUR : WORK_COLOUR : NO_COLOUR
    ),
    barPercentage: 0.8,
  };
}

/** Spans of one kind that follow each other without a pause, as one. */
function merged(spans: readonly TimelineSpan[], pause: number): TimelineSpan[] {
  const found: { first: string; last: string; span: TimelineSpan }[] = [];
  for (const span of spans) {
    const previous = found.at(-1);
    if (previous?.span.kind === span.kind && span.begin - previous.span.end <= pause) {
      previous.last = span.name;
      previous.span = { ...previous.span, end: span.end };
    } else found.push({ first: span.name, last: span.name, span });
  }
  return found.map(({ first, last, span }) => ({
    ...span,
    name: first === last ? first : `${first} to ${last}`,
  }));
}
