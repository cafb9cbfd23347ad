/** Python as coloured text: tokens become elements, text stays text. */

import hljs from "highlight.js/lib/core";
import python from "highlight.js/lib/languages/python";
import { h } from "../dom.ts";

hljs.registerLanguage("python", python);

/** Longer code is shown without colours. */
export const MOST_CHARS = 60_000;

/** A part of what the highlighter found: its emitter keeps them as a tree. */
interface Scope {
  readonly scope?: string;
  readonly children: readonly (Scope | string)[];
}

/** Lines of Python, each a list of nodes that hold its text. */
export function pythonLines(text: string): readonly (readonly Node[])[] {
  const lines: Node[][] = [[]];
  const put = (part: string, kind: string) => {
    for (const [at, line] of part.split("\n").entries()) {
      if (at > 0) lines.push([]);
      if (line === "") continue;
      const before = lines.at(-1)!.at(-1);
      // The highlighter may find one comment in several pieces.
      if (kind !== "" && before instanceof HTMLElement && before.className === kind) before.textContent += line;
      else lines.at(-1)!.push(kind === "" ? document.createTextNode(line) : h("span", { class: kind }, line));
    }
  };
  const walk = (scope: Scope, kind: string) => {
    for (const child of scope.children) {
      if (typeof child === "string") put(child, kind);
      else walk(child, classOf(child.scope) || kind);
    }
  };
  const root = text.length > MOST_CHARS ? null : rootOf(text);
  if (root === null) put(text, "");
  else walk(root, "");
  return lines;
}

function rootOf(text: string): Scope | null {
  try {
    const found: unknown = hljs.highlight(text, { language: "python", ignoreIllegals: true });
    const root = (found as { _emitter?: { rootNode?: unknown } })._emitter?.rootNode;
    return isScope(root) && textOf(root) === text ? root : null;
  } catch {
    return null;
  }
}

function isScope(value: unknown): value is Scope {
  return typeof value === "object" && value !== null && Array.isArray((value as { children?: unknown }).children);
}

/** All of the text, so that nothing of it can get lost in a version that keeps it in another way. */
function textOf(scope: Scope): string {
  return scope.children.map((child) => (typeof child === "string" ? child : isScope(child) ? textOf(child) : "")).join("");
}

const KINDS: Readonly<Record<string, string>> = {
  keyword: "mz-hl-keyword",
  built_in: "mz-hl-builtin",
  type: "mz-hl-builtin",
  literal: "mz-hl-literal",
  number: "mz-hl-number",
  string: "mz-hl-string",
  comment: "mz-hl-comment",
  meta: "mz-hl-meta",
  "title.function": "mz-hl-title",
  "title.class": "mz-hl-title",
  "title.class.inherited": "mz-hl-title",
};

function classOf(scope: string | undefined): string {
  return KINDS[scope ?? ""] ?? "";
}
