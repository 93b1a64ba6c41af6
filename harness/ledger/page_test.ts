import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TENSIONS } from "../../suites/claims/tensions.ts";
import { publishedValues } from "../../suites/claims/published.ts";
import { gainOf } from "../../suites/claims/rule.ts";
import { fromCsv } from "../records/schema.ts";
import { type JudgedLine, judgeLedger } from "./judge.ts";
import { LEDGER_COLUMNS, ledgerCsv } from "./ledger_csv.ts";
import { renderLedgerPage } from "./page.ts";
import { printLedger, printPlan } from "./print.ts";
import { NO_RESULTS } from "./testing.ts";
import { escapeHtml } from "../report/html.ts";
import { chanceText, countVerdicts } from "./words.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"'&\u001b[31m`;

/** A line whose every text is hostile. */
const LINE: JudgedLine = {
  published: {
    ...publishedValues()[0],
    ...{ claim: HOSTILE, model: HOSTILE, dataset: HOSTILE, config: HOSTILE },
    ...{ value: HOSTILE, unit: HOSTILE, source: HOSTILE },
  },
  verdict: "reproduced",
  remark: HOSTILE,
  note: `${HOSTILE} \`deno ${HOSTILE}\``,
  findings: [{
    what: HOSTILE,
    unit: "×",
    source: "measured",
    record: 'm/"><script>',
    value: 3.104,
    low: 2.9,
    high: 3.37,
    repeats: { of: "rounds", count: 8 },
    rule: gainOf(2.53),
    judgement: { verdict: "reproduced", remark: "" },
  }],
  commands: [HOSTILE],
};

Deno.test("the page has every value, tensions and counts, and no script", async () => {
  const lines = judgeLedger(NO_RESULTS);
  const page = await renderLedgerPage(lines);
  for (const { published: { id } } of lines) assertStringIncludes(page, `<code>${id}</code>`);
  for (const tension of TENSIONS) assertStringIncludes(page, escapeHtml(tension));
  for (const [verdict, count] of countVerdicts(lines)) {
    assertStringIncludes(page, `${verdict} (${count})`);
    const rows = page.split(`<tr class="is-${verdict.replaceAll(" ", "-")}">`).length - 1;
    assertEquals(rows, count, verdict);
  }
  assert(!page.includes("<script"));
});

Deno.test("each verdict has a check box, and a rule by which its rows go when it is not checked", async () => {
  const page = await renderLedgerPage(judgeLedger(NO_RESULTS));
  for (const [, id] of page.matchAll(/<input type="checkbox" id="([\w-]+)" checked>/g)) {
    assertStringIncludes(page, `body:has(#${id}:not(:checked)) tr.${id} { display: none; }`);
  }
});

Deno.test("numbers have intervals, sources and a link to their record; texts are inert", async () => {
  const page = await renderLedgerPage([LINE], {
    passedOver: [{ folder: HOSTILE, reason: HOSTILE }],
  });
  assertStringIncludes(page, "3.10× [2.90–3.37]");
  assertStringIncludes(page, "measured");
  assertStringIncludes(page, 'href="./m/%22%3E%3Cscript%3E/index.html"');
  assert(!page.includes("<img") && !page.includes("<script"));
});

Deno.test("the terminal gets no control characters", () => {
  const text = printLedger([LINE], [{ folder: HOSTILE, reason: HOSTILE }]);
  assert(!text.includes("\u001b"));
  assertStringIncludes(text, "RT3D: reproduced 1");
  assertStringIncludes(text, "ours 3.10× [2.90–3.37] (measured; at least 2.53×)");
  assertStringIncludes(text, "passed over");
});

Deno.test("the table has a row for each number, and one for each value without", () => {
  const lines = judgeLedger(NO_RESULTS);
  const rows = fromCsv(LEDGER_COLUMNS, ledgerCsv([LINE, ...lines]), "ledger.csv");
  const expected = [LINE, ...lines].flatMap(({ findings }) => findings.length || 1);
  assertEquals(rows.length, expected.reduce((sum, count) => sum + count, 0));
  const { value, low, high, repeats, repeats_of, rule, record } = rows[0];
  assertEquals([value, low, high, repeats, repeats_of], [3.104, 2.9, 3.37, 8, "rounds"]);
  assertEquals([rule, record], ["at least 2.53×", 'm/"><script>']);
});

Deno.test("how many verdicts chance may have made is told, where any rest on intervals", () => {
  assertEquals(chanceText(judgeLedger(NO_RESULTS)), "");
  assertStringIncludes(chanceText(Array(60).fill(LINE)), "60 verdicts rest on intervals");
  assertStringIncludes(chanceText(Array(60).fill(LINE)), "about 3 may be by chance");
  assertEquals(chanceText([{ ...LINE, verdict: "undecided" }]), "");
});

Deno.test("a plan is told with its cost, and what cannot be run", () => {
  assertEquals(printPlan({ steps: [], lacking: [] }), "Nothing is missing or stale.");
  const command = { task: "bench", args: ["c3d", "--rounds", "8"] } as const;
  const step = { command, why: "no record", claims: ["a", "b"], seconds: 300 };
  const text = printPlan({ steps: [step], lacking: ["pytorch: not installed"] });
  assertStringIncludes(
    text,
    "deno task bench c3d --rounds 8  (no record; for 2 values, about 5.0 min)",
  );
  assertStringIncludes(text, "Cannot be run here:\n  pytorch: not installed");
});
