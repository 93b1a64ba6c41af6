/**
 * HTML in which whatever is put in is escaped unless it is HTML already: names of models and
 * layers come from files that anyone may have made.
 *
 * @module
 */

/** A piece of HTML that may be put into a page as it is. */
export class Html {
  /** @param source Trusted HTML, taken as it is. */
  constructor(readonly source: string) {}
}

/** What a template takes: text is escaped, HTML is not, lists are joined, nothing is nothing. */
export type Content = string | number | Html | undefined | readonly Content[];

/** Template tag: `` html`<td>${name}</td>` `` escapes `name`. Attribute values must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)));
}

function render(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.source;
  if (typeof content === "string" || typeof content === "number") {
    return escapeHtml(String(content));
  }
  return content.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for element content and quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Data for a script, in an element that no value can close. */
export function jsonElement(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Html(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`);
}

/** A script of ours in the page; text that would close the element is refused. */
export function scriptElement(source: string, type: "module" | "text/javascript"): Html {
  if (/<\/script|<!--/i.test(source)) {
    throw new TypeError('Cannot embed a script as it must not contain "</script" or "<!--"');
  }
  return new Html(`<script type="${type}">${source}</script>`);
}

/** A whole document with the style of all pages. The style has no untrusted part. */
export function renderDocument(title: string, style: string, body: Html): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${new Html(style)}</style>
      </head>
      <body>
    ${body}
      </body>
    </html>
  `.source;
}

/** A path below the page as a link target; no part of it can be read as a scheme or query. */
export function relativeUrl(path: string): string {
  return "./" + path.split("/").map(encodeURIComponent).join("/");
}
