/**
 * The page that lists all runs.
 *
 * @module
 */

import { formatMoment } from "./format.ts";
import { html, relativeUrl, renderDocument } from "./html.ts";
import { pagePart } from "./page.ts";
import type { Manifest } from "../result.ts";

/** Name of the overview of all networks in a machine's folder. */
export const NETWORKS_FILE = "networks.md";

/** A run as the list shows it. */
export interface ListedRun {
  /** What the run was. */
  readonly manifest: Manifest;
  /** Path of the run's page from the list, e.g. `"<machine>/<run>/index.html"`. */
  readonly path: string;
  /** What the run found, in a sentence or two. */
  readonly headline: string;
}

/**
 * A page that lists runs, the newest first.
 *
 * @param overviews Machines of which there is an overview of all networks.
 */
export async function renderIndex(
  runs: readonly ListedRun[],
  overviews: readonly string[] = [],
): Promise<string> {
  const newestFirst = runs.toSorted((a, b) =>
    b.manifest.started.localeCompare(a.manifest.started) || a.path.localeCompare(b.path)
  );
  const items = newestFirst.map(({ manifest, path, headline }) =>
    html`
      <article>
        <h2><a href="${relativeUrl(path)}">${manifest.suite} on ${manifest.machine}</a></h2>
        <p class="soft">${formatMoment(manifest.started)}, input: ${manifest
          .input}${manifest.finished === undefined ? ", not finished" : ""}</p>
        <p>${headline}</p>
      </article>
    `
  );
  const body = html`
    <header>
      <h1>Runs</h1>
      <p class="soft">Comparisons of compression methods, the newest first.</p>
    </header>
    <main>
    ${overviews.map((machine) =>
      html`
        <p><a href="${relativeUrl(
          `${machine}/${NETWORKS_FILE}`,
        )}">All networks on ${machine}</a></p>
      `
    )}
    ${items.length === 0 ? html`<p>There are no runs yet.</p>` : items}
    </main>
  `;
  return renderDocument("Runs", await pagePart("page_style.css"), body);
}
