/** A look at one output, made when it is asked for. */

import { button, h } from "../dom.ts";
import { decodePreview, type Preview } from "../model/decode_task_answers.ts";
import type { RunView } from "../model/store.ts";
import { shown } from "./displays.ts";

/** A button, and below it what there is to see once it was pressed. */
export function createPreview(task: string, output: string, view: RunView): HTMLElement {
  const place = h("div", { class: "mz-preview-place", "aria-live": "polite" });
  const look = button({ class: "mz-link mz-look", "aria-label": `Preview of ${output}` }, () => void show(), "Preview");
  const element = h("div", { class: "mz-preview" }, look, place);
  const show = async () => {
    look.disabled = true;
    place.replaceChildren(h("p", { class: "mz-quiet" }, "looking …"));
    try {
      const seen = await view.ask("preview", { task_id: task, output }, decodePreview);
      place.replaceChildren(...about(seen, getComputedStyle(element).color));
      // What was told in short says the same again.
      element.closest(".mz-output")?.classList.toggle("mz-looked", seen.error === "");
      look.hidden = true;
    } catch (error) {
      place.replaceChildren(h("p", { class: "mz-error" }, error instanceof Error ? error.message : String(error)));
    }
    look.disabled = false;
  };
  return element;
}

function about(seen: Preview, colour: string): HTMLElement[] {
  const { error, note } = seen;
  const hasBody = seen.image !== "" || seen.html !== "" || seen.text !== "";
  return [
    ...(hasBody ? [shown({ ...seen, display_id: "", place: "" }, colour)] : []),
    ...(error === "" ? [] : [h("p", { class: "mz-error" }, error)]),
    ...(note === "" ? [] : [h("p", { class: "mz-quiet" }, note)]),
    ...(hasBody || error !== "" || note !== "" ? [] : [h("p", { class: "mz-quiet" }, "there is nothing to see of it")]),
  ];
}
