/** Editing laid over the graph: ports to drag between, edges to remove, and the same by keyboard. */

import type { Chooser } from "../choice.ts";
import { edgeText } from "../graph/edges.ts";
import type { GraphSurface, Overlay } from "../graph/overlay.ts";
import { groupPath } from "../model/groups.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { createCutter } from "./cutter.ts";
import { listenForDrags, type Targets } from "./drag.ts";
import type { Editing } from "./editing.ts";
import { openMenu, type Offer } from "./menu.ts";
import { createPorts, type PortAt } from "./ports.ts";

export interface EditOverlay {
  readonly overlay: Overlay;
  /** Lists what the outputs of a task can go to. */
  connect(task: string): void;
}

export function createEditOverlay(view: RunView, chooser: Chooser, editing: Editing): EditOverlay {
  let surface: GraphSurface | null = null;
  let closeMenu = () => {};

  const specOf = (id: string): GraphTask | undefined => view.graph?.tasks.find((task) => task.id === id);
  const nameOf = (id: string) => specOf(id)?.name ?? id;
  const focus = (id: string) => surface?.elementOf(id)?.focus({ preventScroll: true });
  const menu = (title: string, offers: readonly Offer[], back: string) => {
    closeMenu();
    if (surface !== null) closeMenu = openMenu(surface.frame, title, offers, () => focus(back));
  };
  const join = (from: PortAt, target: string, input: string) =>
    void editing.apply({ op: "connect", source: from.task, output: from.name, target, input });

  const drop = (from: PortAt, target: string, input: string | null, targets: Targets | null) => {
    const fitting = targets?.get(target) ?? [];
    const inputs = editing.state?.ports.get(target) ?? [];
    const only = fitting.length === 1 ? fitting[0] : inputs.length === 1 ? inputs[0]?.name : undefined;
    const wanted = input ?? only;
    if (wanted !== undefined) return join(from, target, wanted);
    // Where nothing fits, the first input has the kernel say why.
    const offered = fitting.length > 0 ? fitting : inputs.map((port) => port.name);
    menu(
      `${from.name} of ${nameOf(from.task)} to ${nameOf(target)}`,
      offered.map((name) => ({ text: name, take: () => join(from, target, name) })),
      target,
    );
  };
  /** By keyboard an edge is taken away at the task that it comes from. */
  const cuts = (task: string): Offer[] =>
    (view.graph?.edges ?? []).filter(({ source }) => source === task).map((edge) => ({
      text: `remove the edge ${edgeText(edge)} → ${nameOf(edge.target)}`,
      take: () => void editing.apply({ op: "cut", source: task, target: edge.target }),
    }));
  const connect = (task: string) => {
    const outputs = specOf(task)?.outputs ?? [];
    const asked = outputs.map(async (output): Promise<Offer[]> => {
      const found = await editing.targets(task, output);
      const from: PortAt = { task, side: "out", name: output };
      return [...found].flatMap(([target, names]) =>
        names.map((name) => ({ text: `${output} → ${nameOf(target)} · ${name}`, take: () => join(from, target, name) })),
      );
    });
    void Promise.all(asked).then(
      (offers) => menu(`Connect ${nameOf(task)} to…`, [...offers.flat(), ...cuts(task)], task),
      () => undefined,
    );
  };

  const overlay: Overlay = (laidOver, signal) => {
    surface = laidOver;
    const { frame } = laidOver;
    const cutter = createCutter(view, editing, laidOver, signal);
    listenForDrags({ view, editing, surface: laidOver, drop }, signal);
    const portsOn = (element: SVGGElement, spec: GraphTask) => {
      element.querySelector(".mz-ports")?.remove();
      if (editing.isOpen && groupPath(spec.id) === null) {
        element.append(createPorts(spec, editing.state?.ports.get(spec.id) ?? []));
      }
    };
    const renew = () => {
      frame.classList.toggle("mz-editing", editing.isOpen);
      for (const spec of view.graph?.tasks ?? []) {
        const element = laidOver.elementOf(spec.id);
        if (element !== null) portsOn(element, spec);
      }
      if (!editing.isOpen) closeMenu();
    };
    editing.subscribe(renew, signal);
    /** Drawn anew, the graph has other elements: the focus goes to the card where it was. */
    let visited: string | null = null;
    frame.addEventListener("focusin", (event) => {
      visited = (event.target instanceof Element && event.target.closest<SVGGElement>(".mz-node")?.dataset["task"]) || null;
    }, { signal });
    frame.addEventListener("focusout", (event) => {
      const left = event.target;
      // Taken out of the page, a card loses the focus too, and should have it again.
      requestAnimationFrame(() => {
        if (left instanceof Element && left.isConnected) visited = null;
      });
    }, { signal });
    const comeBack = (element: SVGGElement | null) => {
      if (document.activeElement === null || document.activeElement === document.body) element?.focus({ preventScroll: true });
    };
    frame.addEventListener("keydown", (event) => {
      const card = event.target instanceof Element ? event.target.closest<SVGGElement>(".mz-node") : null;
      const id = card?.dataset["task"];
      if (id === undefined || groupPath(id) !== null || !editing.isOpen || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "e") connect(id);
      else if (event.key === "Delete") {
        if (chooser.current.task === id) chooser.task(null);
        void editing.apply({ op: "remove", task: id }).then((reason) => {
          if (reason === "") requestAnimationFrame(() => comeBack(frame.querySelector('.mz-node[tabindex="0"]')));
        });
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }, { signal });
    frame.classList.toggle("mz-editing", editing.isOpen);
    return {
      onScene: () => cutter.hide(),
      onCard(element, spec) {
        portsOn(element, spec);
        // It is not in the page yet.
        if (spec.id === visited) requestAnimationFrame(() => comeBack(element));
      },
      onMove: () => cutter.hide(),
    };
  };
  return { overlay, connect };
}
