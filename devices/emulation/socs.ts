/**
 * The chips that are emulated: one line each.
 *
 * @module
 */

import exynos7420 from "../socs/exynos-7420.json" with { type: "json" };
import snapdragon855 from "../socs/snapdragon-855.json" with { type: "json" };
import snapdragon865 from "../socs/snapdragon-865.json" with { type: "json" };
import snapdragon888 from "../socs/snapdragon-888.json" with { type: "json" };
import { parseSoc, type Soc } from "./soc.ts";

/** All chips; to add one, add its file and its line. */
export const SOCS: readonly Soc[] = [
  parseSoc("snapdragon-865", snapdragon865),
  parseSoc("snapdragon-855", snapdragon855),
  parseSoc("snapdragon-888", snapdragon888),
  parseSoc("exynos-7420", exynos7420),
];
