/**
 * Charts drawn to PNG, for documents and for readers without JavaScript.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import inter from "@fontsource/inter/metadata.json" with { type: "json" };
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartItem,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  ScatterController,
  SubTitle,
  Title,
} from "chart.js";
import { drawMarks } from "./chart_marks.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { CHART_THEMES, FONT_FAMILY } from "./chart_style.ts";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  SubTitle,
  Title,
);

// Not every machine has a font, and charts should look alike on all of them.
for (const weight of [400, 600]) {
  const file = import.meta.resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
  GlobalFonts.registerFromPath(fileURLToPath(file), inter.family);
}

/** Width in CSS pixels. */
const WIDTH = 960;
/** Pixels of the file per CSS pixel: sharp on dense screens and in print. */
const PIXEL_RATIO = 2;
const MARGIN = 20;
const TITLE_SIZE = 17;
const SUBTITLE_LINE = 18;
const TEXT_SIZE = 13;

/** PNG files must be readable on any page. */
const THEME = CHART_THEMES.light;
Object.assign(Chart.defaults, {
  color: THEME.ink,
  borderColor: THEME.grid,
  backgroundColor: THEME.paper,
  animation: false,
  responsive: false,
});
Object.assign(Chart.defaults.font, { family: FONT_FAMILY, size: TEXT_SIZE });

const paper: Plugin = {
  id: "paper",
  beforeDraw({ ctx, width, height }) {
    ctx.save();
    ctx.fillStyle = THEME.paper;
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

/** Draws a chart with its title and subtitle; gives the bytes of a PNG file. */
export function chartPng(spec: ChartSpec): Uint8Array {
  const padding = addMargin(spec.config.options?.layout?.padding);
  const subtitle = wrap(spec.subtitle, WIDTH - padding.left - padding.right);
  const height = spec.height + 2 * MARGIN + TITLE_SIZE + subtitle.length * SUBTITLE_LINE + 24;
  const canvas = createCanvas(WIDTH, height);
  const { options } = spec.config;
  const heading = { display: true, align: "start" } as const;
  const chart = new Chart(canvas as unknown as ChartItem, {
    ...spec.config,
    options: {
      ...options,
      devicePixelRatio: PIXEL_RATIO,
      layout: { padding },
      plugins: {
        ...options?.plugins,
        title: {
          ...heading,
          text: spec.title,
          font: { size: TITLE_SIZE, weight: 600 },
          padding: { bottom: 6 },
        },
        subtitle: { ...heading, text: subtitle, padding: { bottom: 18 } },
      },
    },
    plugins: [paper, { id: "marks", afterDatasetsDraw: drawMarks }],
  });
  try {
    return canvas.toBuffer("image/png");
  } finally {
    chart.destroy();
  }
}

function addMargin(padding: unknown): Record<"left" | "right" | "top" | "bottom", number> {
  const own = typeof padding === "object" ? padding as { right?: number; top?: number } : {};
  return {
    left: MARGIN,
    right: MARGIN + (own?.right ?? 0),
    top: MARGIN + (own?.top ?? 0),
    bottom: MARGIN,
  };
}

/** Breaks a text at spaces into lines of at most `width` CSS pixels. */
function wrap(text: string, width: number): string[] {
  const context = createCanvas(1, 1).getContext("2d");
  context.font = `${TEXT_SIZE}px ${FONT_FAMILY}`;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1] ?? ""} ${word}`;
    if (lines.length > 0 && context.measureText(longer).width <= width) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines;
}
