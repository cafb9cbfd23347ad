/** What is different of one task: inputs, options, results, and its code as a diff. */

import { h } from "../dom.ts";
import type { ComparedTask, Difference, OutputDifference } from "../model/comparison.ts";

const VERDICTS: Readonly<Record<string, string>> = {
  differs: "", alike: "looks the same, other bytes", unknown: "not known whether it is the same", added: "new", removed: "gone",
};

export function detailsOf(task: ComparedTask): HTMLElement[] {
  const parts = [
    section("Inputs", task.inputs),
    section("Options", task.options),
    section("Results", task.outputs),
    task.diff === "" ? null : h("div", {}, h("h4", {}, "Code"), diffOf(task.diff)),
  ].filter((part) => part !== null);
  if (task.before_id === "") return [plain("Only the later run has this task")];
  if (task.after_id === "") return [plain("Only the earlier run has this task")];
  if (!task.is_code_known) parts.push(plain("What its code was is not known of both runs"));
  return parts.length > 0 ? parts : [plain("Nothing changed but the time")];
}

function plain(text: string): HTMLElement {
  return h("p", { class: "mz-quiet" }, text);
}

function section(title: string, rows: readonly (Difference | OutputDifference)[]): HTMLElement | null {
  if (rows.length === 0) return null;
  return h(
    "div",
    {},
    h("h4", {}, title),
    h(
      "dl",
      { class: "mz-differences" },
      ...rows.flatMap((row) => [
        h("dt", {}, row.name),
        h("dd", {}, side("mz-del", row.before), h("span", { class: "mz-quiet" }, " → "), side("mz-add", row.after), verdict(row)),
      ]),
    ),
  );
}

function side(kind: string, text: string): HTMLElement {
  return text === "" ? h("span", { class: "mz-quiet" }, "not there") : h("code", { class: kind }, text);
}

function verdict(row: Difference | OutputDifference): HTMLElement | null {
  if (!("verdict" in row)) return null;
  const said = VERDICTS[row.verdict] ?? row.verdict;
  return said === "" ? null : h("span", { class: "mz-quiet" }, ` (${said})`);
}

function diffOf(diff: string): HTMLElement {
  return h("pre", { class: "mz-diff", tabindex: 0 }, ...diff.split("\n").map((line) => h("span", { class: kindOf(line) }, `${line}\n`)));
}

function kindOf(line: string): string {
  switch (line[0]) {
    case "+": return "mz-add";
    case "-": return "mz-del";
    case "@": return "mz-hunk";
    default: return "mz-same";
  }
}
