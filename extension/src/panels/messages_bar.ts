/** The line over the messages: what is looked for, how much of it there is, and what to do with it. */

import { button, h, setAttribute, setText } from "../dom.ts";
import { ALL, QUIET, isFiltered, type Filter, type FilteredMessages, type Level } from "../model/message_filter.ts";
import { isKnownType } from "./message_row.ts";

const LEVELS: readonly (readonly [Level, string])[] = [
  ["all", "All levels"], ["warnings", "Warnings and errors"], ["errors", "Errors"],
];
/** Typing on does not look through all messages each time. */
const PAUSE_MS = 120;

export interface MessagesCalls {
  filter(filter: Filter): void;
  copy(): void;
  older(): void;
}

export interface MessagesFacts {
  readonly found: FilteredMessages;
  readonly all: number;
  readonly hasOlder: boolean;
  /** What fetching older ones came to, if that is to be said. */
  readonly note: string;
  /** The task that is chosen, if there is one, and its name. */
  readonly task: { readonly id: string; readonly name: string } | null;
}

export interface MessagesBar {
  readonly element: HTMLElement;
  show(facts: MessagesFacts): void;
}

export function createMessagesBar(calls: MessagesCalls, signal: AbortSignal): MessagesBar {
  let filter = ALL;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let typesShown = "";
  const change = (part: Partial<Filter>) => {
    clearTimeout(timer);
    filter = { ...filter, ...part };
    calls.filter(filter);
  };
  const words = h("input", {
    class: "mz-search", type: "search", placeholder: "Find in messages", "aria-label": "Find in messages", spellcheck: "false",
  });
  const type = h("select", { class: "mz-select", "aria-label": "Type" }, h("option", { value: "" }, "All types"));
  const level = h(
    "select", { class: "mz-select", "aria-label": "Level" }, ...LEVELS.map(([value, text]) => h("option", { value }, text)),
  );
  const onlyTask = button({ class: "mz-choice", hidden: true }, () => change({ task: filter.task === null ? chosen : null }));
  const said = h("span", { class: "mz-quiet mz-messages-said" });
  // The count goes on and on; only what was asked for is said aloud.
  const news = h("span", { class: "mz-unseen", role: "status" });
  const older = button({ class: "mz-choice", title: "Fetch messages from before these" }, () => calls.older(), "Older");
  const copy = button({ class: "mz-choice", title: "Copy the messages that are listed" }, () => calls.copy(), "Copy");
  let chosen: string | null = null;

  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ words: words.value }), PAUSE_MS);
  }, { signal });
  // The notebook would take letters for commands.
  words.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation(), { signal });
  type.addEventListener("change", () => change({ type: type.value }), { signal });
  level.addEventListener("change", () => change({ level: LEVELS.find(([value]) => value === level.value)?.[0] ?? "all" }), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  const showTypes = (types: ReadonlyMap<string, number>) => {
    const names = [...types.keys()].sort((a, b) => Number(QUIET.has(a)) - Number(QUIET.has(b)) || a.localeCompare(b));
    if (names.join() === typesShown || document.activeElement === type) return;
    typesShown = names.join();
    const options = names.map((name) => h("option", { value: name }, isKnownType(name) ? name : `${name} (unknown)`));
    type.replaceChildren(h("option", { value: "" }, "All types"), ...options);
    type.value = filter.type;
    // Of the type that was chosen there may be none any more.
    if (type.value !== filter.type) change({ type: type.value = "" });
  };
  return {
    element: h("div", { class: "mz-panel-bar" }, words, type, level, onlyTask, h("span", { class: "mz-panel-bar-space" }), said, news, older, copy),
    show({ found, all, hasOlder, note, task }) {
      showTypes(found.types);
      chosen = task?.id ?? filter.task;
      onlyTask.hidden = chosen === null;
      setText(onlyTask, task === null ? "Only one task" : `Only ${task.name}`);
      setAttribute(onlyTask, "aria-pressed", String(filter.task !== null));
      const count = found.rows.length;
      const text = count === all ? counted(all) : `${number(count)} of ${counted(all)}`;
      setText(said, [note, text].filter((part) => part !== "").join(" · "));
      setText(news, [note, isFiltered(filter) ? (count === 0 ? "none found" : "filtered") : ""].filter((part) => part !== "").join(" · "));
      older.hidden = !hasOlder;
    },
  };
}

const number = (count: number) => count.toLocaleString("en");
const counted = (count: number) => `${number(count)} ${count === 1 ? "message" : "messages"}`;
