/** The run's messages: only the rows in sight are in the page, and the tail is followed until scrolled. */

import type { Chooser } from "../choice.ts";
import { button, h, setText } from "../dom.ts";
import { moment, plural } from "../format.ts";
import { icon, type Face } from "../glyphs.ts";
import type { Message, TaskState } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Panel } from "./panel.ts";

const ROW_PX = 24;
const SPARE_ROWS = 10;
const LIKELY_PX = 320;

const STATE_OF_TYPE: Readonly<Record<string, TaskState>> = {
  start_task: "running",
  finish_task: "succeeded",
  task_exception: "failed",
  task_pending: "pending",
  task_retry: "retrying",
  task_skipped: "skipped",
  task_cancelled: "cancelled",
};

export function createMessagesPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const rows = h("div", { class: "mz-rows", role: "list" });
  const space = h("div", { class: "mz-space" }, rows);
  const scroller = h("div", { class: "mz-scroller", tabindex: 0, "aria-label": "Messages" }, space);
  const follow = button({ class: "mz-follow", hidden: true }, () => followTail());
  const empty = h("div", { class: "mz-empty" }, "No messages yet");
  const element = h("div", { class: "mz-messages" }, scroller, follow, empty);
  let isFollowing = true;
  let seen = 0;
  let drawn = "";

  const draw = () => {
    const total = view.messages.length;
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - SPARE_ROWS);
    const sight = Math.ceil((scroller.clientHeight || LIKELY_PX) / ROW_PX);
    const end = Math.min(total, first + sight + 2 * SPARE_ROWS);
    const start = view.run?.started ?? view.messages[0]?.time ?? null;
    const key = [first, end, start, view.messages[first]?.seq, chooser.current.task].join();
    if (key === drawn) return;
    drawn = key;
    rows.style.transform = `translateY(${first * ROW_PX}px)`;
    rows.replaceChildren(
      ...view.messages
        .slice(first, end)
        .map((message, at) => rowOf(message, { start, place: first + at + 1, total, chooser, view })),
    );
  };
  const showFollow = () => {
    const fresh = view.messages.length - seen;
    follow.hidden = isFollowing;
    setText(follow, fresh > 0 ? `↓ ${plural(fresh, "new message")}` : "↓ follow");
  };
  const followTail = () => {
    isFollowing = true;
    scroller.scrollTop = view.messages.length * ROW_PX;
    seen = view.messages.length;
    draw();
    showFollow();
  };

  scroller.addEventListener("scroll", () => {
    const below = view.messages.length * ROW_PX - scroller.scrollTop - scroller.clientHeight;
    isFollowing = below < ROW_PX;
    if (isFollowing) seen = view.messages.length;
    draw();
    showFollow();
  }, { signal, passive: true });
  scroller.addEventListener("keydown", (event) => {
    // The notebook would take these for moving between cells.
    if (["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "].includes(event.key)) {
      event.stopPropagation();
    }
  }, { signal });
  chooser.subscribe(draw, signal);

  return {
    element,
    update(change) {
      if (!change.messages && !change.run) return;
      space.style.height = `${view.messages.length * ROW_PX}px`;
      empty.hidden = view.messages.length > 0;
      if (isFollowing) followTail();
      else {
        draw();
        showFollow();
      }
    },
    shown: () => (isFollowing ? followTail() : draw()),
  };
}

interface RowSetting {
  readonly start: number | null;
  readonly place: number;
  readonly total: number;
  readonly chooser: Chooser;
  readonly view: RunView;
}

/** The message says that a task finished; only the task itself knows that it did not run. */
function faceOfMessage({ type, task_id }: Message, view: RunView): Face | undefined {
  const state = STATE_OF_TYPE[type];
  const isReused = task_id !== null && view.task(task_id).reused_from !== null;
  return state === "succeeded" && isReused ? "cached" : state;
}

function rowOf(message: Message, { start, place, total, chooser, view }: RowSetting): HTMLElement {
  const { task_id: id, time } = message;
  const state = faceOfMessage(message, view);
  const name = message.task_name ?? id ?? "";
  return h(
    "div",
    {
      class: `mz-row${id !== null && id === chooser.current.task ? " mz-chosen" : ""}`,
      role: "listitem",
      "aria-posinset": place,
      "aria-setsize": total,
    },
    h("span", { class: "mz-row-time", title: time === null ? null : moment(time) }, since(time, start)),
    h("span", { class: "mz-row-mark" }, state && icon(state)),
    h("span", { class: "mz-row-type" }, message.type),
    id === null
      ? h("span", { class: "mz-row-task" }, name)
      : button({ class: "mz-row-task mz-link", title: name }, () => chooser.task(id), name),
    h("span", { class: "mz-row-text", title: message.text }, message.text),
  );
}

function since(time: number | null, start: number | null): string {
  if (time === null || start === null) return "";
  return `+${Math.max(0, time - start).toFixed(2)} s`;
}
