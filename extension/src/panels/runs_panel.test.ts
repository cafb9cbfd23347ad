import { afterEach, expect, it } from "vitest";
import { COMPARISON, rawListed, rawPage } from "../testing/lists.ts";
import { FAILED, storeOf } from "../testing/runs.ts";
import { createRunsPanel } from "./runs_panel.ts";

afterEach(() => document.body.replaceChildren());

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function panelOf() {
  const store = storeOf(FAILED);
  const opened: string[] = [];
  const turns: boolean[] = [];
  const asked: string[] = [];
  store.open = (runId) => void opened.push(runId);
  store.carryQuestion = async (what) => {
    asked.push(what);
    return what === "runs" ? rawPage([rawListed("one"), rawListed("two")]) : COMPARISON;
  };
  const from = document.createElement("button");
  const panel = createRunsPanel(store, new AbortController().signal, (isOpen) => turns.push(isOpen));
  document.body.append(from, panel.element);
  from.focus();
  const escape = () => panel.element.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  return { store, panel, opened, turns, asked, from, escape };
}

it("asks for nothing before it is opened, and gives the focus back", async () => {
  const { panel, asked, turns, from, escape } = panelOf();
  await settle();
  expect([panel.isOpen, asked]).toEqual([false, []]);
  panel.toggle();
  await settle();
  expect(asked).toEqual(["runs"]);
  expect(document.activeElement?.getAttribute("type")).toBe("search");
  escape();
  expect([panel.isOpen, turns]).toEqual([false, [true, false]]);
  expect(document.activeElement).toBe(from);
});

it("shows a run that is chosen in the same view", async () => {
  const { panel, opened } = panelOf();
  panel.toggle();
  await settle();
  panel.element.querySelector<HTMLButtonElement>(".mz-run-open")!.click();
  expect(opened).toEqual(["one"]);
  expect(panel.isOpen).toBe(false);
});

it("compares two, and goes back to the list", async () => {
  const { panel, asked, escape } = panelOf();
  panel.toggle();
  await settle();
  for (const box of panel.element.querySelectorAll<HTMLInputElement>(".mz-run-choose")) box.click();
  panel.element.querySelector<HTMLButtonElement>(".mz-do")!.click();
  await settle();
  expect(asked).toEqual(["runs", "compare"]);
  expect(panel.element.querySelector(".mz-compared")).not.toBeNull();
  escape();
  expect(panel.isOpen).toBe(true);
  expect(panel.element.querySelector(".mz-runs")).not.toBeNull();
});
