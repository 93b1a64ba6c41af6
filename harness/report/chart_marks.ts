/**
 * What Chart.js lacks: intervals as whiskers, and values written beside what they belong to.
 *
 * @module
 */

import type { Chart } from "chart.js";

/** One datum. Bars give their place on the category axis as a number. */
export interface Mark {
  /** Value of a bar; horizontal place of a point. */
  readonly x: number;
  /** Row of a bar; value of a point. */
  readonly y: number;
  /** Lower end of the value's interval. */
  readonly low?: number;
  /** Upper end of the value's interval. */
  readonly high?: number;
  /** Written beside the mark. */
  readonly label?: string;
  /** Shown in the tooltip. */
  readonly detail?: string;
}

/**
 * Draws whiskers and labels over a finished chart; a Chart.js plugin's `afterDatasetsDraw`. Labels of points give way
 * to one another vertically and are tied to their points by a line.
 *
 * The page embeds this function by its source text, so it must not refer to anything outside of
 * itself.
 */
export function drawMarks(chart: Chart): void {
  const LABEL_GAP = 6;
  const POINT_GAP = 22;
  const LINE_HEIGHT = 15;
  const COLUMN = 60;
  const CAP = 3.5;
  const { ctx } = chart;
  const ink = String(chart.options.color);
  const paper = String(chart.options.backgroundColor);
  type PointLabel = { x: number; from: number; left: number; y: number; label: string };
  const pointLabels: PointLabel[] = [];

  ctx.save();
  ctx.fillStyle = ink;
  ctx.font = `${chart.options.font?.size ?? 12}px ${chart.options.font?.family ?? "sans-serif"}`;
  ctx.textBaseline = "middle";
  for (const meta of chart.getSortedVisibleDatasetMetas()) {
    const scale = meta.vScale;
    if (scale === undefined) continue;
    const marks = chart.data.datasets[meta.index].data as unknown as readonly Mark[];
    const horizontal = scale.isHorizontal();
    meta.data.forEach((element, index) => {
      const { low, high, label } = marks[index];
      const { x, y } = element.getProps(["x", "y"], true);
      let end = horizontal ? x : y;
      if (low !== undefined && high !== undefined) {
        const from = scale.getPixelForValue(low);
        const to = scale.getPixelForValue(high);
        end = horizontal ? Math.max(x, to) : y;
        ctx.beginPath();
        for (const [a, b] of [[from, to], [from, from], [to, to]]) {
          const cap = a === b ? CAP : 0;
          ctx.moveTo(horizontal ? a : x - cap, horizontal ? y - cap : a);
          ctx.lineTo(horizontal ? b : x + cap, horizontal ? y + cap : b);
        }
        // A rim in the colour of the paper keeps the whisker visible on the bar; a point has its
        // whisker in its own colour, and none when it would be hidden.
        const hidden = !horizontal && Math.abs(from - to) < 2 * Number(element.options.radius);
        for (
          const [style, width] of hidden
            ? []
            : horizontal
            ? [[paper, 3], [ink, 1.25]] as const
            : [[String(element.options.borderColor), 1.5]] as const
        ) {
          ctx.strokeStyle = style;
          ctx.lineWidth = width;
          ctx.stroke();
        }
      }
      if (label === undefined) return;
      if (horizontal) ctx.fillText(label, end + LABEL_GAP, y);
      else pointLabels.push({ x, from: y, left: x, y, label });
    });
  }

  // Labels of points close together stand in one column, and push one another apart until all
  // can be read, in the order of their points.
  pointLabels.sort((a, b) => a.from - b.from);
  for (const item of pointLabels) {
    const near = pointLabels.filter((other) => Math.abs(other.x - item.x) < COLUMN);
    item.left = Math.max(...near.map((other) => other.x)) + POINT_GAP;
  }
  const overlap = (a: PointLabel, b: PointLabel) =>
    a.left < b.left + ctx.measureText(b.label).width &&
    b.left < a.left + ctx.measureText(a.label).width;
  for (let pass = 0; pass < 100; pass++) {
    pointLabels.forEach((upper, index) => {
      for (const lower of pointLabels.slice(index + 1)) {
        const lack = LINE_HEIGHT - (lower.y - upper.y);
        if (lack <= 0 || !overlap(upper, lower)) continue;
        upper.y = Math.max(upper.y - lack / 2, chart.chartArea.top);
        lower.y = Math.min(lower.y + lack / 2, chart.chartArea.bottom);
      }
    });
  }
  ctx.strokeStyle = ink;
  ctx.lineWidth = 0.75;
  for (const { x, y, from, left, label } of pointLabels) {
    ctx.globalAlpha = 0.5;
    ctx.beginPath();
    ctx.moveTo(x + LABEL_GAP, from);
    ctx.lineTo(left - 3, y);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.fillText(label, left, y);
  }
  ctx.restore();
}
