/**
 * How numbers are written, in the terminal, on pages and in charts alike.
 *
 * @module
 */

import type { Estimate } from "../result.ts";

const SI_PREFIXES = ["", "k", "M", "G", "T", "P"];

/** Fewer decimals for larger numbers, so that every value shows three or four digits. */
function fixed(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A count with three digits and an SI prefix: `10707340000` is `"10.7 G"`. */
export function formatCount(count: number): string {
  let scaled = count;
  let prefix = 0;
  // 999.5 would be rounded up to 1000 by toPrecision, so it takes the next prefix already.
  while (Math.abs(scaled) >= 999.5 && prefix < SI_PREFIXES.length - 1) {
    scaled /= 1000;
    prefix++;
  }
  return prefix === 0 ? String(count) : `${scaled.toPrecision(3)} ${SI_PREFIXES[prefix]}`;
}

/** Milliseconds without the unit: `"318.2"`, `"4.07"`, `"0.093"`. */
export function formatMs(ms: number): string {
  return fixed(ms);
}

/** Bytes in MiB without the unit; only nothing is `"0"`. */
export function formatMebibytes(bytes: number): string {
  if (bytes === 0) return "0";
  const mebibytes = toMebibytes(bytes);
  return mebibytes < 0.001 ? "<0.001" : fixed(mebibytes);
}

/** Bytes in MiB, as charts draw them. */
export function toMebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}

/** A ratio to a baseline: `"3.41×"`. */
export function formatRatio(ratio: number): string {
  return `${formatPlain(ratio)}×`;
}

/** A number near one, with two decimals. */
export function formatPlain(value: number): string {
  return value.toFixed(2);
}

/** A relative error, with two digits: `"4.8e-4"`. */
export function formatError(error: number): string {
  return error.toExponential(1);
}

/** A noise band is narrower than two decimals can show. */
export function formatBand(band: { readonly low: number; readonly high: number }): string {
  return `${band.low.toFixed(3)}× to ${band.high.toFixed(3)}×`;
}

/** `"[low–high]"`, or `""` where there were too few rounds for an interval. */
export function formatInterval(
  estimate: Pick<Estimate, "low" | "high">,
  format: (value: number) => string,
): string {
  return estimate.low === undefined || estimate.high === undefined
    ? ""
    : `[${format(estimate.low)}–${format(estimate.high)}]`;
}

/** A confidence level: `0.95` is `"95 %"`. */
export function formatLevel(level: number): string {
  return `${Number((level * 100).toPrecision(4))} %`;
}

/** A text that begins with a capital. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A moment in UTC to the minute; text that is no date is given back as it is. */
export function formatMoment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Text that cannot act on a terminal: names come from files, and may hold escape sequences. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}
