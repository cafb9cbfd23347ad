/** A list to choose from by mouse or keyboard, in a corner of the graph: what an output can go to. */

import { button, h } from "../dom.ts";

export interface Offer {
  readonly text: string;
  readonly take: () => void;
}

const MOST = 200;

/** Shows the offers until one is taken or it is left; returns what closes it. */
export function openMenu(
  frame: HTMLElement,
  title: string,
  offers: readonly Offer[],
  onClose: () => void,
): () => void {
  const list = h("div", { class: "mz-menu-list", role: "listbox", "aria-label": title });
  const filter = h("input", { class: "mz-menu-filter", type: "search", "aria-label": `Filter: ${title}`, placeholder: "filter" });
  const element = h(
    "div",
    { class: "mz-menu", role: "dialog", "aria-label": title },
    h("div", { class: "mz-menu-head" }, h("b", {}, title), button({ class: "mz-close", "aria-label": "Close" }, () => close(), "×")),
    offers.length > 8 && filter,
    list,
  );
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    element.remove();
    onClose();
  };
  const show = () => {
    const wanted = filter.value.trim().toLowerCase();
    const found = offers.filter((offer) => offer.text.toLowerCase().includes(wanted));
    list.replaceChildren(
      ...found.slice(0, MOST).map((offer) =>
        button({ class: "mz-menu-item", role: "option" }, () => {
          close();
          offer.take();
        }, offer.text),
      ),
      found.length === 0 ? h("p", { class: "mz-quiet" }, offers.length === 0 ? "There is nothing that would fit" : "Nothing of this name") : "",
      found.length > MOST ? h("p", { class: "mz-quiet" }, `… ${found.length - MOST} more: filter`) : "",
    );
  };
  filter.addEventListener("input", show);
  element.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(list, event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
  });
  show();
  frame.append(element);
  (list.querySelector("button") ?? element.querySelector("button"))?.focus({ preventScroll: true });
  return close;
}

function step(list: HTMLElement, by: number): void {
  const items = [...list.querySelectorAll("button")];
  const at = items.findIndex((item) => item === document.activeElement);
  items[(at + by + items.length) % items.length]?.focus();
}
