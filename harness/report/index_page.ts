/**
 * The page that lists all runs.
 *
 * @module
 */

import { formatMoment } from "./format.ts";
import { html, relativeUrl, renderDocument } from "./html.ts";
import { pagePart } from "./page_parts.ts";

/** Name of the overview of all networks in a machine's folder. */
export const NETWORKS_FILE = "networks.md";

/** Name of the claims ledger in the folder of results. */
export const LEDGER_FILE = "ledger.html";

/** A run as the list shows it. */
export interface ListedRun {
  /** What was run, and on which machine. */
  readonly title: string;
  /** When it began, ISO 8601, UTC. */
  readonly started: string;
  /** Whether it has ended. */
  readonly finished: boolean;
  /** What it was given, e.g. `"input: generated moving shapes (seed 1)"`. */
  readonly about: string;
  /** Path of the run's page from the list, e.g. `"<machine>/<run>/index.html"`. */
  readonly path: string;
  /** What the run found, in a sentence or two. */
  readonly headline: string;
}

/**
 * A page that lists runs, the newest first.
 *
 * @param overviews Machines of which there is an overview of all networks.
 * @param hasLedger Whether the claims ledger lies beside the list.
 */
export async function renderIndex(
  runs: readonly ListedRun[],
  overviews: readonly string[] = [],
  hasLedger = false,
): Promise<string> {
  const newestFirst = runs.toSorted((a, b) =>
    b.started.localeCompare(a.started) || a.path.localeCompare(b.path)
  );
  const items = newestFirst.map(({ title, started, finished, about, path, headline }) =>
    html`
      <article>
        <h2><a href="${relativeUrl(path)}">${title}</a></h2>
        <p class="soft">${formatMoment(started)}, ${about}${finished ? "" : ", not finished"}</p>
        <p>${headline}</p>
      </article>
    `
  );
  const body = html`
    <header>
      <h1>Runs</h1>
      <p
        class="soft">Comparisons of compression methods, experiments that train them, trainings, and networks on two processors at once; the newest first.</p>
    </header>
    <main>
    ${hasLedger
      ? html`<p><a href="${
        relativeUrl(LEDGER_FILE)
      }">Claims ledger: what papers state, and what was found</a></p>`
      : undefined}
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
