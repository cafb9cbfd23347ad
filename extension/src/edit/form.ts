/** The task panel's section for editing: what each input is given, resources and options. */

import type { Chooser } from "../choice.ts";
import { button, h } from "../dom.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Editing } from "./editing.ts";
import { createField, type Field } from "./field.ts";
import type { End, Port } from "./state.ts";

const NOTHING = "";
const CONSTANT = "=";
const AS_IT_IS = "~";

interface Amount {
  readonly title: string;
  readonly hint: string;
  readonly of: (spec: GraphTask) => number | null;
  readonly op: "resources" | "options";
  readonly name: string;
  /** What an empty field means. */
  readonly none: number | null;
}

const AMOUNTS: readonly Amount[] = [
  { title: "CPU", hint: "cores", op: "resources", name: "cpu", none: 1, of: (spec) => spec.resources.cpu },
  { title: "Memory", hint: "MB", op: "resources", name: "cpu_mem", none: 0, of: (spec) => spec.resources.cpu_mem },
  { title: "GPU", hint: "devices", op: "resources", name: "gpu", none: 0, of: (spec) => spec.resources.gpu },
  { title: "VRAM", hint: "MB on each", op: "resources", name: "gpu_mem", none: 0, of: (spec) => spec.resources.gpu_mem },
  { title: "Timeout", hint: "seconds", op: "options", name: "timeout", none: null, of: (spec) => spec.options.timeout },
  { title: "Retries", hint: "", op: "options", name: "retries", none: 0, of: (spec) => spec.options.retries },
  { title: "Priority", hint: "-100 to 100", op: "options", name: "priority", none: 0, of: (spec) => spec.options.priority },
];

/** Follows the chosen task; `connect` lists what its outputs can go to. */
export function createEditForm(
  view: RunView,
  chooser: Chooser,
  editing: Editing,
  connect: (task: string) => void,
  signal: AbortSignal,
): { readonly element: HTMLElement; update(): void } {
  const element = h("section", { class: "mz-section mz-edit-form", "aria-label": "Edit this task", hidden: true });
  let drawn = "";

  const show = () => {
    const id = chooser.current.task;
    const spec = view.graph?.tasks.find((task) => task.id === id);
    const ports = id === null ? undefined : editing.state?.ports.get(id);
    element.hidden = !editing.isOpen || spec === undefined || ports === undefined;
    const key = JSON.stringify([spec, ports, editing.isOpen]);
    if (key === drawn) return;
    drawn = key;
    const focused = element.contains(document.activeElement) ? document.activeElement?.getAttribute("name") : null;
    element.replaceChildren();
    if (element.hidden || spec === undefined || ports === undefined) return;
    element.append(
      h("h4", {}, "Edit"),
      h(
        "div",
        { class: "mz-actions" },
        button({ class: "mz-button", title: "Connect an output, or remove an edge (e)" }, () => connect(spec.id), "Connect…"),
        button({ class: "mz-button", title: "Remove this task (Delete)" }, () => {
          chooser.task(null);
          void editing.apply({ op: "remove", task: spec.id });
        }, "Remove task"),
      ),
      ...inputFields(spec, ports, view, editing),
      h("div", { class: "mz-amounts" }, ...AMOUNTS.map((amount) => amountField(amount, spec, editing).element)),
    );
    if (focused) element.querySelector<HTMLElement>(`[name="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };
  chooser.subscribe(show, signal);
  editing.subscribe(show, signal);
  show();
  return { element, update: show };
}

function amountField(amount: Amount, spec: GraphTask, editing: Editing): Field {
  const { op, name, none } = amount;
  const now = amount.of(spec);
  const control = h("input", { type: "text", inputmode: "decimal", name, value: now === null ? "" : String(now), autocomplete: "off" });
  return createField(amount.title, control, amount.hint, (text) => {
    // What is no number is sent as it is: the kernel says what is wrong with it.
    const value = text.trim() === "" ? none : Number.isFinite(Number(text)) ? Number(text) : text;
    return editing.apply({ op, task: spec.id, values: { [name]: value } }, { isQuiet: true });
  });
}

function inputFields(spec: GraphTask, ports: readonly Port[], view: RunView, editing: Editing): HTMLElement[] {
  const rows = ports.map((port) => inputField(spec, port, view, editing));
  editing.sources(spec.id).then((found) => {
    for (const row of rows) row.offer(found.get(row.name) ?? []);
  }, () => undefined);
  return rows.map((row) => row.element);
}

function inputField(spec: GraphTask, port: Port, view: RunView, editing: Editing) {
  const { name } = port;
  const nameOf = (id: string) => view.graph?.tasks.find((task) => task.id === id)?.name ?? id;
  const keyOf = (end: End) => JSON.stringify([end.task_id, end.output]);
  const option = (value: string, text: string) => h("option", { value }, text);
  const endOption = (end: End) => option(keyOf(end), `${end.output} of ${nameOf(end.task_id)}`);
  const select = h("select", { name: `from ${name}` });
  const current = currentOf(port, keyOf);
  const own = { task_id: port.task_id, output: port.output };
  const offer = (ends: readonly End[]) => {
    const others = ends.filter((end) => keyOf(end) !== current);
    select.replaceChildren(
      option(NOTHING, port.is_optional ? "its default" : "nothing"),
      option(CONSTANT, "a value…"),
      ...(current === AS_IT_IS ? [option(AS_IT_IS, port.text || "as it is")] : []),
      ...(port.kind === "output" ? [endOption(own)] : []),
      ...others.map(endOption),
    );
    select.value = current;
  };
  offer([]);

  const text = h("input", { type: "text", name: `value ${name}`, value: port.can_type ? port.text : "", autocomplete: "off", placeholder: "3, 'text', [1, 2]" });
  const typed = createField(`value of ${name}`, text, "", (value) =>
    editing.apply({ op: "constant", target: spec.id, input: name, text: value }, { isQuiet: true }),
  );
  typed.element.hidden = current !== CONSTANT;
  const chosen = createField(name, select, port.hint, async (value) => {
    typed.element.hidden = value !== CONSTANT;
    if (value === CONSTANT) {
      text.focus();
      return "";
    }
    if (value === current || value === AS_IT_IS) return "";
    const reason = await editing.apply(editOf(spec.id, name, value), { isQuiet: true });
    if (reason !== "") select.value = current;
    return reason;
  });
  const element = h("div", { class: "mz-input-edit", "data-input": name, "data-kind": port.kind }, chosen.element, typed.element);
  if (port.kind === "missing") chosen.fail("has to be given something");
  return { name, element, offer };
}

function currentOf(port: Port, keyOf: (end: End) => string): string {
  switch (port.kind) {
    case "output":
      return keyOf({ task_id: port.task_id, output: port.output });
    case "constant":
      return port.can_type ? CONSTANT : AS_IT_IS;
    case "default":
    case "missing":
      return NOTHING;
    case "mixed":
    case "unknown":
      return AS_IT_IS;
    default: {
      const unhandled: never = port.kind;
      return unhandled;
    }
  }
}

function editOf(target: string, input: string, value: string) {
  if (value === NOTHING) return { op: "disconnect", target, input };
  const [source, output] = JSON.parse(value) as [string, string];
  return { op: "connect", source, output, target, input };
}
