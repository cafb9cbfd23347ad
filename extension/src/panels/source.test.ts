import { expect, it } from "vitest";
import { decodeSource } from "../model/decode_task_answers.ts";
import { NASTY } from "../testing/runs.ts";
import { MOST_CHARS, pythonLines } from "./python_tokens.ts";
import { failingLine, placeOf } from "./source.ts";
import { failedAt, tracebackText } from "./traceback.ts";

const CODE = `@task(retries=2)\ndef fit(xs, *, rate=0.5):\n    """Say ${NASTY}."""\n    # why\n    return f"{xs!r} {rate}"\n`;

const textOf = (lines: readonly (readonly Node[])[]) => lines.map((line) => line.map((node) => node.textContent).join("")).join("\n");

it("keeps each character of the code, as text", () => {
  for (const text of [CODE, "", "\n\n", "def (", NASTY, "x = '''open\nstring", "a\r\nb"]) {
    const lines = pythonLines(text);
    expect(textOf(lines)).toBe(text);
    for (const line of lines) for (const node of line) expect(node.childNodes.length).toBeLessThanOrEqual(1);
  }
});

it("colours what Python is made of", () => {
  const kinds = new Map(pythonLines(CODE).flat().flatMap((node) => (node instanceof HTMLElement ? [[node.textContent, node.className]] : [])));
  expect(kinds.get("def")).toBe("mz-hl-keyword");
  expect(kinds.get("fit")).toBe("mz-hl-title");
  expect(kinds.get("0.5")).toBe("mz-hl-number");
  expect(kinds.get("# why")).toBe("mz-hl-comment");
});

it("leaves code without colours that is too long", () => {
  const lines = pythonLines("def f(): pass\n".repeat(MOST_CHARS / 10));
  expect(lines.flat().every((node) => node instanceof Text)).toBe(true);
});

const source = (more: object) => decodeSource({ text: "a\nb\nc", ...more });
const trace = (file: string, line: number) => `Traceback (most recent call last):\n  File "${file}", line ${line}, in f\n    b\nValueError: no`;

it.each([
  [{ file: "/x/y.py", line: 10 }, trace("/x/y.py", 11), 1],
  [{ file: "/x/y.py", line: 10 }, trace("/x/y.py", 40), null],
  [{ file: "/x/y.py", line: 10 }, trace("/x/z.py", 11), null],
  [{ cell: "fit" }, trace("<cell fit>", 3), 2],
  [{ cell: "fit" }, "", null],
  [{}, trace("", 1), null],
] as const)("finds in %j where it failed", (where, traceback, index) => {
  expect(failingLine(source(where), traceback)).toBe(index);
});

it.each([
  [{ cell: "fit" }, "cell fit"],
  [{ file: "/x/y.py", line: 10 }, "y.py, line 10"],
  [{}, "a notebook cell"],
] as const)("says where %j stands", (where, said) => expect(placeOf(source(where))).toBe(said));

it("marks the line of a traceback at which it failed", () => {
  const traceback = `Traceback:\n  File "a.py", line 1, in f\n    g()\n  File "b.py", line 7, in g\n    ${NASTY}\nValueError: no`;
  const made = tracebackText(traceback);
  expect(made.textContent).toBe(traceback);
  expect(made.querySelector(".mz-failing")?.textContent).toBe(`    ${NASTY}\n`);
  expect(made.querySelector("img")).toBeNull();
  expect(failedAt(traceback)).toEqual({ file: "b.py", line: 7 });
  expect(failedAt("nothing")).toBeNull();
});
