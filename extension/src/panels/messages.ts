/** The run's messages: only the rows in sight are in the page, and the tail is followed until scrolled. */

import type { Chooser } from "../choice.ts";
import { button, h, setText } from "../dom.ts";
import { moment, plural } from "../format.ts";
import { nameIn } from "../model/items.ts";
import { FilteredMessages, isFiltered } from "../model/message_filter.ts";
import type { Message } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import barStyle from "../style/bar.css";
import style from "../style/messages.css";
import { lineOf, rowOf, wordOfType } from "./message_row.ts";
import { createMessagesBar, type MessagesBar } from "./messages_bar.ts";
import type { Panel } from "./panel.ts";

const ROW_PX = 24;
const SPARE_ROWS = 10;
const LIKELY_PX = 320;
/** So close to the first row older messages are fetched. */
const NEAR_TOP_PX = 20 * ROW_PX;
/** More than this on the clipboard helps nobody. */
const MOST_COPIED = 20_000;
const SCROLL_KEYS: ReadonlySet<string> = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

export function createMessagesPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const list = new MessageList(view, chooser, signal);
  list.listen(signal);
  return {
    element: list.element,
    update(change) {
      if (change.messages || change.run) list.update();
    },
    shown: () => list.shown(),
  };
}

/** Guards what is in sight: a row that is looked at stays where it is, whatever comes before or after it. */
class MessageList {
  readonly element: HTMLElement;
  readonly #rows = h("div", { class: "mz-rows", role: "list" });
  readonly #space = h("div", { class: "mz-space" }, this.#rows);
  readonly #scroller = h("div", { class: "mz-scroller", tabindex: 0, role: "group", "aria-label": "Messages; Enter picks one, arrows walk on from it" }, this.#space);
  readonly #follow = button({ class: "mz-follow", hidden: true }, () => this.#followTail());
  readonly #empty = h("div", { class: "mz-empty" }, "No messages yet");
  readonly #detail = h("div", { class: "mz-detail", hidden: true, role: "group", "aria-live": "polite", "aria-label": "The message that was picked" });
  readonly #bar: MessagesBar;
  readonly #found = new FilteredMessages();
  #isFollowing = true;
  #seen = 0;
  #drawn = "";
  #picked: number | null = null;
  #note = "";
  #isFetching = false;
  #hasFailed = false;

  constructor(
    private readonly view: RunView,
    private readonly chooser: Chooser,
    signal: AbortSignal,
  ) {
    this.#bar = createMessagesBar({
      filter: (filter) => {
        this.#found.choose(filter);
        this.#seen = this.#found.rows.length;
        this.#isFollowing = true;
        this.#show();
      },
      copy: () => void this.#copy(),
      older: () => void this.#fetchOlder(),
    }, signal);
    const place = h("div", { class: "mz-list-place" }, this.#scroller, this.#follow, this.#empty);
    this.element = h("div", { class: "mz-messages" }, h("style", {}, barStyle + style), this.#bar.element, place, this.#detail);
  }

  listen(signal: AbortSignal): void {
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    this.#scroller.addEventListener("keydown", (event) => {
      if (this.#press(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
      // The notebook would take these for moving between cells.
      if (SCROLL_KEYS.has(event.key)) event.stopPropagation();
    }, { signal });
    this.#rows.addEventListener("click", ({ target }) => {
      if (!(target instanceof Element) || target.closest("button") !== null) return;
      const row = target.closest<HTMLElement>(".mz-row");
      if (row !== null) this.#pick(Number(row.dataset["seq"]));
    }, { signal });
    this.chooser.subscribe(() => {
      this.#draw();
      this.#showBar();
    }, signal);
  }

  update(): void {
    const anchor = this.#anchor();
    const stands = this.#found.take(this.view.messages);
    if (!stands && !this.#isFollowing) this.#restore(anchor);
    this.#show();
  }

  shown(): void {
    if (this.#isFollowing) this.#followTail();
    else this.#draw();
  }

  #show(): void {
    const count = this.#found.rows.length;
    this.#space.style.height = `${count * ROW_PX}px`;
    this.#empty.hidden = count > 0;
    setText(this.#empty, isFiltered(this.#found.filter) ? "No message here is like that" : "No messages yet");
    this.#showBar();
    if (this.#isFollowing) this.#followTail();
    else {
      this.#draw();
      this.#showFollow();
    }
  }

  #showBar(): void {
    const id = this.chooser.current.task;
    const task = id === null ? null : { id, name: nameIn(this.view.graph)(id) };
    const facts = { found: this.#found, all: this.view.spoken, hasOlder: this.view.hasOlder, note: this.#note, task };
    this.#bar.show(facts);
  }

  #draw(): void {
    const { rows } = this.#found;
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / ROW_PX) - SPARE_ROWS);
    const end = Math.min(rows.length, first + this.#inSight() + 2 * SPARE_ROWS);
    const start = this.view.run?.started ?? this.view.messages[0]?.time ?? null;
    const key = [first, end, start, rows[first]?.seq, rows[end - 1]?.seq, this.chooser.current.task, this.#picked].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#rows.style.transform = `translateY(${first * ROW_PX}px)`;
    const setting = { start, total: rows.length, picked: this.#picked, chooser: this.chooser, view: this.view };
    this.#rows.replaceChildren(
      ...rows.slice(first, end).map((message, at) => rowOf(message, { ...setting, place: first + at + 1 })),
    );
  }

  #inSight(): number {
    return Math.ceil((this.#scroller.clientHeight || LIKELY_PX) / ROW_PX);
  }

  #showFollow(): void {
    const fresh = this.#found.rows.length - this.#seen;
    this.#follow.hidden = this.#isFollowing;
    setText(this.#follow, fresh > 0 ? `↓ ${plural(fresh, "new message")}` : "↓ follow");
  }

  #followTail(): void {
    this.#isFollowing = true;
    this.#scroller.scrollTop = this.#found.rows.length * ROW_PX;
    this.#seen = this.#found.rows.length;
    this.#draw();
    this.#showFollow();
  }

  #scrolled(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    this.#isFollowing = this.#found.rows.length * ROW_PX - scrollTop - clientHeight < ROW_PX;
    if (this.#isFollowing) this.#seen = this.#found.rows.length;
    this.#draw();
    this.#showFollow();
    if (!this.#isFollowing && scrollTop < NEAR_TOP_PX && !this.#hasFailed) void this.#fetchOlder();
  }

  /** The message at the top of what is in sight, and how far it is scrolled out. */
  #anchor(): { seq: number; over: number } | null {
    const { scrollTop } = this.#scroller;
    const message = this.#found.rows[Math.floor(scrollTop / ROW_PX)];
    return message === undefined ? null : { seq: message.seq, over: scrollTop % ROW_PX };
  }

  #restore(anchor: { seq: number; over: number } | null): void {
    if (anchor === null) return;
    const before = this.#scroller.scrollTop;
    this.#space.style.height = `${this.#found.rows.length * ROW_PX}px`;
    const after = this.#found.placeOf(anchor.seq) * ROW_PX + anchor.over;
    this.#scroller.scrollTop = after;
    this.#seen = Math.max(0, this.#seen + Math.round((after - before) / ROW_PX));
  }

  async #fetchOlder(): Promise<void> {
    if (this.#isFetching || !this.view.hasOlder) return;
    this.#isFetching = true;
    this.#note = "fetching older ones";
    this.#showBar();
    try {
      await this.view.loadOlder();
      this.#note = "";
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      this.#note = `older ones could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#isFetching = false;
    }
    this.update();
  }

  async #copy(): Promise<void> {
    const start = this.view.run?.started ?? null;
    const lines = this.#found.rows.slice(-MOST_COPIED).map((message) => lineOf(message, start));
    const isCopied = await this.view.host.copy(lines.join("\n"));
    this.#note = isCopied ? `copied ${plural(lines.length, "message")}` : "the browser did not allow copying";
    this.#showBar();
  }

  #pick(seq: number | null): void {
    this.#picked = seq === this.#picked ? null : seq;
    const message = this.#picked === null ? undefined : this.#found.rows[this.#found.placeOf(this.#picked)];
    this.#detail.hidden = message === undefined;
    this.#detail.replaceChildren(...(message === undefined ? [] : this.#partsOf(message)));
    // The detail takes room: what was picked is not to be behind it.
    if (message !== undefined) this.#bringToSight(this.#found.placeOf(message.seq));
    this.#draw();
  }

  #bringToSight(at: number): void {
    const top = at * ROW_PX;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.#scroller.scrollTop = top + ROW_PX - clientHeight;
  }

  #partsOf(message: Message): HTMLElement[] {
    const { task_id: id, time } = message;
    const said = [`#${message.seq}`, wordOfType(message), message.task_name ?? id ?? "", time === null ? "" : moment(time)];
    const close = button({ class: "mz-choice", "aria-label": "Close this message" }, () => this.#pick(null), "✕");
    const copy = button({ class: "mz-choice" }, () => void this.view.host.copy(message.text), "Copy");
    const head = h("div", { class: "mz-detail-head" }, h("span", { class: "mz-quiet" }, said.filter((part) => part !== "").join(" · ")), copy, close);
    return [head, h("pre", { class: "mz-detail-text", tabindex: 0 }, message.text)];
  }

  /** Enter picks the last message in sight, arrows another, Esc none. */
  #press({ key, target }: KeyboardEvent): boolean {
    if (key === "Enter" && target === this.#scroller && this.#picked === null) {
      const last = Math.floor((this.#scroller.scrollTop + this.#scroller.clientHeight) / ROW_PX) - 1;
      const message = this.#found.rows[Math.max(0, Math.min(last, this.#found.rows.length - 1))];
      if (message !== undefined) this.#pick(message.seq);
      return true;
    }
    if (key === "Escape" && this.#picked !== null) {
      this.#pick(null);
      return true;
    }
    return this.#picked !== null && this.#stepPick(key);
  }

  #stepPick(key: string): boolean {
    const by = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (by === undefined || this.#picked === null) return false;
    const at = this.#found.placeOf(this.#picked) + by;
    const next = this.#found.rows[at];
    if (next === undefined) return true;
    this.#pick(next.seq);
    return true;
  }
}
