/** One field of a form: sent when it is left, and with the kernel's no beside it. */

import { h, setText } from "../dom.ts";

export interface Field {
  readonly element: HTMLElement;
  readonly control: HTMLInputElement | HTMLSelectElement;
  fail(reason: string): void;
}

let nextId = 0;

/** `send` returns the reason if the value is refused; what was typed then stays, to be mended. */
export function createField(
  title: string,
  control: HTMLInputElement | HTMLSelectElement,
  hint: string,
  send: (value: string) => Promise<string>,
): Field {
  const id = `mz-field-${(nextId += 1)}`;
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-no`);
  const no = h("span", { class: "mz-field-no", id: `${id}-no`, role: "alert" });
  const element = h(
    "div",
    { class: "mz-field" },
    h("label", { for: id }, title, hint !== "" && h("span", { class: "mz-quiet" }, ` ${hint}`)),
    control,
    no,
  );
  const fail = (reason: string) => {
    setText(no, reason);
    element.classList.toggle("mz-is-refused", reason !== "");
    control.setAttribute("aria-invalid", String(reason !== ""));
  };
  control.addEventListener("change", () => {
    void send(control.value).then(fail);
  });
  if (control instanceof HTMLInputElement) {
    const first = control.value;
    control.addEventListener("keydown", (event) => {
      // Keys of the notebook and of the view are not meant while text is typed.
      event.stopPropagation();
      if (event.key === "Escape") {
        control.value = first;
        fail("");
      } else if (event.key === "Enter") control.blur();
    });
  }
  return { element, control, fail };
}
