/** What the chosen task prints: the tail is followed until it is scrolled away from, the whole is fetched. */

import { button, h, setAttribute, setText } from "../dom.ts";
import { plural } from "../format.ts";
import { decodeWholeLog, type WholeLog } from "../model/decode_task_answers.ts";
import type { LogLine } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { grouped } from "../sum.ts";
import { copyText } from "./copy.ts";
import { writeLines } from "./log_text.ts";
import { section } from "./sections.ts";

const SHOWN_LINES = 1000;
const NEAR_PX = 12;

export interface Pane {
  readonly element: HTMLElement;
  update(): void;
}

export function createLogPane(id: string, view: RunView): Pane {
  const text = h("pre", { class: "mz-pre mz-log", tabindex: 0, "aria-label": "What it printed" });
  const follow = button({ class: "mz-follow", hidden: true }, () => toEnd());
  const search = h("input", { class: "mz-log-search", type: "search", placeholder: "Search the log", "aria-label": "Search the log" });
  const found = h("span", { class: "mz-quiet mz-found-count", role: "status" });
  const copy = button({ class: "mz-button" }, () => void copyText(copy, textOf(shown()), view.host), "Copy");
  const whole = button({ class: "mz-button" }, () => void turn(), "Whole log");
  const note = h("p", { class: "mz-quiet", role: "status", hidden: true });
  const nothing = h("p", { class: "mz-quiet" });
  const frame = h("div", { class: "mz-log-frame" }, text, follow);
  const tools = h("div", { class: "mz-log-tools" }, search, found, copy, whole);
  const element = section("Log", nothing, tools, note, frame);
  let isFollowing = true;
  let all: WholeLog | null = null;
  let marks: readonly HTMLElement[] = [];
  let at = -1;
  let seen: LogLine | undefined;
  let count = -1;

  const shown = (): readonly LogLine[] => {
    if (all !== null) return all.lines;
    const lines = view.log(id);
    return lines.length > SHOWN_LINES ? [{ stream: "stdout", text: "…" }, ...lines.slice(-SHOWN_LINES)] : lines;
  };
  const write = () => {
    const lines = view.log(id);
    [count, seen] = [lines.length, lines.at(-1)];
    const written = writeLines(shown(), search.value);
    marks = written.marks;
    text.replaceChildren(...written.nodes);
    tellFound();
  };
  const tellFound = () => {
    const place = at >= 0 && at < marks.length ? `${at + 1}/` : "";
    setText(found, search.value === "" ? "" : marks.length === 0 ? "not found" : `${place}${marks.length}`);
  };
  const toEnd = () => {
    isFollowing = true;
    write();
    text.scrollTop = text.scrollHeight;
    follow.hidden = true;
  };
  const go = (step: number) => {
    if (marks.length === 0) return;
    marks[at]?.classList.remove("mz-current");
    at = (at + step + marks.length) % marks.length;
    const mark = marks[at]!;
    mark.classList.add("mz-current");
    isFollowing = false;
    text.scrollTop = Math.max(0, mark.offsetTop - text.clientHeight / 2);
    tellFound();
  };
  const say = (said: string) => {
    note.hidden = said === "";
    setText(note, said);
  };
  const turn = async () => {
    if (all !== null) {
      all = null;
      setText(whole, "Whole log");
      say("");
      return toEnd();
    }
    whole.disabled = true;
    try {
      all = await view.ask("log", { task_id: id }, decodeWholeLog);
      const { left_out } = all;
      say(left_out > 0 ? `The first ${grouped(left_out)} characters are left out: \`maze-nb runs logs\` has all` : "");
      setText(whole, "Live tail");
      follow.hidden = true;
      write();
      for (const part of [frame, search, copy]) part.hidden = all.lines.length === 0;
      nothing.hidden = all.lines.length > 0;
      text.scrollTop = text.scrollHeight;
      isFollowing = false;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    whole.disabled = false;
  };

  search.addEventListener("input", () => {
    at = -1;
    write();
    go(1);
  });
  search.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape" && search.value !== "") {
      search.value = "";
      write();
    }
  });
  text.addEventListener("scroll", () => {
    if (all !== null) return;
    const wasFollowing = isFollowing;
    isFollowing = text.scrollHeight - text.scrollTop - text.clientHeight < NEAR_PX;
    if (isFollowing && !wasFollowing) toEnd();
  }, { passive: true });
  // What is written while it is not on the page, or taken off it, stands at its beginning when it comes back.
  if (typeof ResizeObserver !== "undefined") {
    new ResizeObserver(() => {
      if (isFollowing && text.clientHeight > 0) text.scrollTop = text.scrollHeight;
    }).observe(text);
  }
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") event.stopPropagation();
  });

  return {
    element,
    update() {
      const lines = view.log(id);
      const isEmpty = lines.length === 0 && all === null;
      for (const part of [frame, search, copy]) part.hidden = isEmpty;
      nothing.hidden = !isEmpty;
      setText(nothing, isEmpty ? "Nothing was printed, as far as is known here." : "");
      whole.disabled = view.link !== "live";
      setAttribute(whole, "title", view.link === "live" ? null : "No kernel answers");
      if (all !== null || (lines.length === count && lines.at(-1) === seen)) return;
      if (isFollowing) return toEnd();
      // What is being read stays as it is.
      follow.hidden = false;
      setText(follow, lines.length > count ? `↓ ${plural(lines.length - count, "new line")}` : "↓ follow");
    },
  };
}

function textOf(lines: readonly LogLine[]): string {
  return lines.map((line) => line.text).join("\n");
}
