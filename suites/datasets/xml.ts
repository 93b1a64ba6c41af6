/**
 * XML as annotations use it: elements and text. Attributes, comments, declarations and processing
 * instructions are passed over; document types with entities of their own are not read.
 *
 * @module
 */

/** An element. */
export interface XmlElement {
  /** Its tag. */
  readonly name: string;
  /** Elements directly in it. */
  readonly children: readonly XmlElement[];
  /** Text directly in it, without white space around it. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Comment, CDATA, processing instruction, document type, tag, or text; a lone `<` is none of them. */
const TOKEN =
  /<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>|<!DOCTYPE[^[>]*>|<(\/?)([\w:.-]+)(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*?)?(\/?)>|[^<]+/gsy;

/**
 * Reads a document.
 *
 * @param name What errors call the file.
 * @returns Its outermost element.
 * @throws {SyntaxError} when the text is not well-formed; the message names the line.
 */
export function parseXml(text: string, name: string): XmlElement {
  const root: OpenElement = { name: "", children: [], text: "" };
  const open = [root];
  let end = 0;
  const refusal = (value: string) =>
    new SyntaxError(
      `Cannot read "${name}" as it must be XML, one element with others nested in it: current ` +
        `value is ${value} in line ${text.slice(0, end).split("\n").length}`,
    );
  // A byte order mark is no text.
  const source = text.replace(/^\uFEFF/, "");
  for (const token of source.matchAll(TOKEN)) {
    const [whole, cdata, slash, tag, empty] = token;
    const inner = open[open.length - 1];
    end = token.index + whole.length;
    if (cdata !== undefined) inner.text += cdata;
    else if (slash === "/") {
      if (open.length === 1 || inner.name !== tag) throw refusal(`</${tag}> without its <${tag}>`);
      inner.text = inner.text.trim();
      open.pop();
    } else if (tag !== undefined) {
      const element = { name: tag, children: [], text: "" };
      inner.children.push(element);
      if (!empty) open.push(element);
    } else if (!whole.startsWith("<")) inner.text += decodeEntities(whole);
  }
  if (end < source.length) throw refusal("a broken tag");
  if (open.length > 1) throw refusal(`no </${open[open.length - 1].name}>`);
  if (root.children.length !== 1 || root.text.trim() !== "") {
    throw refusal(`${root.children.length} outermost elements`);
  }
  return root.children[0];
}

/** Text of the first child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
