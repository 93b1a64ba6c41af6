/**
 * The ledger: every published value beside what Kerf found, with a verdict.
 *
 * @module
 */

import type { Derivation, Question } from "../../suites/claims/question.ts";
import type { Published } from "../../suites/claims/published.ts";
import { type LedgerLine, ledgerLines } from "../../suites/claims/registry.ts";
import type { Rule } from "../../suites/claims/rule.ts";
import { answerCount } from "./answer_counts.ts";
import { answerLayerTiming, answerTiming } from "./answer_times.ts";
import { answerTraining } from "./answer_trainings.ts";
import type { Answer, Asked, Finding } from "./finding.ts";
import type { Results } from "./results.ts";
import { joinVerdicts, type Judgement, judgeNumber, type Verdict } from "./verdict.ts";

/** A number that bears on a claim, with its own verdict. */
export interface JudgedFinding extends Finding {
  /** What it had to be. */
  readonly rule: Rule;
  /** What it says by itself. */
  readonly judgement: Judgement;
}

/** A line of the ledger. */
export interface JudgedLine {
  /** What the paper states. */
  readonly published: Published;
  /** What the numbers say of it. */
  readonly verdict: Verdict;
  /** Why it is not decided, not run, or out of reach; what Kerf does, for a setting. */
  readonly remark: string;
  /** What a reader must know besides; may be empty. */
  readonly note: string;
  /** The numbers. */
  readonly findings: readonly JudgedFinding[];
  /** What makes the numbers again, each command once. */
  readonly commands: readonly string[];
}

/** Judges every published value by what is recorded. */
export function judgeLedger(results: Results): JudgedLine[] {
  return ledgerLines().map((line) => judgeLine(line, results));
}

/** Judges one published value. */
export function judgeLine({ published, entry }: LedgerLine, results: Results): JudgedLine {
  const { questions, note = "" } = entry;
  const line = { published, note, findings: [], commands: [] };
  const [first] = questions;
  if (first.kind === "out of reach") {
    return { ...line, verdict: "out of reach", remark: first.reason };
  }
  if (first.kind === "setting") return { ...line, verdict: "setting", remark: first.here };
  const answers = questions.filter(isAsked)
    .map((question) => ({ question, ...answerQuestion(question, results) }));
  const findings = answers.flatMap(({ question: { rule }, findings }) =>
    findings.map((finding): JudgedFinding => ({
      ...finding,
      rule,
      judgement: judgeNumber(rule, finding),
    }))
  );
  const commands = [...new Set(answers.map(({ command }) => command))]
    .filter((command) => command !== "");
  const missing = [...new Set(answers.flatMap(({ missing }) => missing ?? []))].join("; ");
  if (missing !== "" && findings.length === 0) {
    return { ...line, verdict: "not run", remark: missing, commands };
  }
  if (missing !== "") {
    // A claim of several numbers is not shown by some of them.
    const remark = `not everything was run: ${missing}`;
    return { ...line, verdict: "undecided", remark, findings, commands };
  }
  return { ...line, ...joinVerdicts(findings.map((one) => one.judgement)), findings, commands };
}

/** Whether records can answer a question. */
export function isAsked(question: Question): question is Asked {
  return question.kind !== "out of reach" && question.kind !== "setting";
}

/** What records say to a question. */
export function answerQuestion(question: Asked, results: Results): Answer {
  switch (question.kind) {
    case "derivation":
      return derive(question);
    case "timing":
      return answerTiming(question, results);
    case "layer timing":
      return answerLayerTiming(question, results);
    case "training":
      return answerTraining(question, results);
    case "count":
      return answerCount(question, results);
  }
}

function derive({ what, derive }: Derivation): Answer {
  return { findings: [{ what, unit: "", source: "derived", value: derive() }], command: "" };
}
