/**
 * Annotations of one image as PASCAL VOC has them (Everingham et al., "The PASCAL Visual Object Classes
 * (VOC) Challenge", IJCV 2010; development kit, section "Annotations").
 *
 * @module
 */

import type { Faults } from "./faults.ts";
import type { Size } from "./resize.ts";
import { childText, parseXml, type XmlElement } from "./xml.ts";

/** An object as an annotation file has it. */
export interface VocObject {
  /** Name of its class. */
  readonly className: string;
  /** Left, top, right, bottom in pixels, from 0. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** Marked as hard to recognise: need not be found. */
  readonly difficult: boolean;
}

/** What an annotation file says. */
export interface VocAnnotation extends Size {
  /** Objects with an area. */
  readonly objects: readonly VocObject[];
  /** Boxes without area, which are left out. */
  readonly leftOut: number;
}

/**
 * Reads an annotation file. Pixels are counted from 1 there and a box includes its last ones, so
 * `xmin` 1 and `xmax` 1 are one pixel wide. Many tools write 0 for a box at the border: a box is cut
 * where it leaves the image by a pixel.
 *
 * @param name What errors call the file.
 * @param faults Takes all that does not fit.
 * @returns `undefined` when the extents are missing.
 * @throws {SyntaxError} when the text is not XML.
 */
export function parseVoc(text: string, name: string, faults: Faults): VocAnnotation | undefined {
  const root = parseXml(text, name);
  const size = root.children.find((child) => child.name === "size");
  const [width, height] = ["width", "height"].map((key) => size ? numberIn(size, key) : NaN);
  if (root.name !== "annotation" || !(width > 0 && height > 0)) {
    faults.add(`${name} has no <annotation> with <size> of <width> and <height>`);
    return undefined;
  }
  const objects: VocObject[] = [];
  let leftOut = 0;
  for (const [i, object] of root.children.filter((child) => child.name === "object").entries()) {
    const what = `${name}: object ${i + 1}`;
    const className = childText(object, "name");
    const bounds = object.children.find((child) => child.name === "bndbox");
    const corners = ["xmin", "ymin", "xmax", "ymax"].map((key) =>
      bounds ? numberIn(bounds, key) : NaN
    );
    if (!className) faults.add(`${what} has no <name>`);
    if (corners.some(Number.isNaN)) {
      faults.add(`${what} has no <bndbox> with <xmin>, <ymin>, <xmax> and <ymax>`);
    }
    if (!className || corners.some(Number.isNaN)) continue;
    const [xmin, ymin, xmax, ymax] = corners;
    if (xmin < 0 || ymin < 0 || xmax > width + 1 || ymax > height + 1) {
      faults.add(`${what} has box ${corners.join(" ")} outside its ${width} x ${height} pixels`);
    } else if (xmin > xmax || ymin > ymax) {
      faults.add(`${what} has box ${corners.join(" ")}, whose end is before its start`);
    } else if (xmin === xmax || ymin === ymax) leftOut++;
    else {
      const box = [
        Math.max(xmin - 1, 0),
        Math.max(ymin - 1, 0),
        Math.min(xmax, width),
        Math.min(ymax, height),
      ] as const;
      objects.push({ className, box, difficult: childText(object, "difficult") === "1" });
    }
  }
  return { width, height, objects, leftOut };
}

/** A number in a child; NaN when there is none. */
function numberIn(element: XmlElement, name: string): number {
  const text = childText(element, name);
  return text ? Number(text) : NaN;
}
