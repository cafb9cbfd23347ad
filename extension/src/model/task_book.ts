/** What is known of each task, of what maps, and of the items that are worth keeping. */

import { itemOf } from "./items.ts";
import { UNHEARD, type Display, type Graph, type ItemsPage, type MapRun, type TaskRun } from "./run.ts";
import type { Delta, Snapshot } from "./talk.ts";

const MOST_ITEMS = 1000;

export class TaskBook {
  #tasks = new Map<string, TaskRun>();
  #maps = new Map<string, MapRun>();
  #pages = new Map<string, ItemsPage>();
  #displays = new Map<string, readonly Display[]>();
  /** Ids of the tasks in the graph. */
  #known = new Set<string>();

  task(id: string): TaskRun {
    return this.#tasks.get(id) ?? UNHEARD;
  }

  map(id: string): MapRun | null {
    return this.#maps.get(id) ?? null;
  }

  page(id: string): ItemsPage | null {
    return this.#pages.get(id) ?? null;
  }

  displays(id: string): readonly Display[] {
    return this.#displays.get(id) ?? [];
  }

  get ids(): readonly string[] {
    return [...this.#tasks.keys()];
  }

  learn(graph: Graph | null): void {
    this.#known = new Set(graph?.tasks.map((task) => task.id));
  }

  /** Of another run, the items that were asked for are none of its. */
  replace(snapshot: Snapshot, isSameRun: boolean): void {
    if (!isSameRun) this.#pages.clear();
    const asked = [...this.#pages.values()].flatMap((page) => [...page.tasks.keys()]);
    const kept = asked.flatMap((id): [string, TaskRun][] => [[id, this.task(id)]]);
    this.#tasks = new Map([...kept, ...snapshot.tasks]);
    this.#maps = new Map(snapshot.maps);
    this.#displays = new Map(snapshot.displays);
  }

  /** Returns the ids of all that it tells of. */
  fold(delta: Delta): ReadonlySet<string> {
    for (const [id, task] of delta.tasks) this.#tasks.set(id, task);
    for (const [id, map] of delta.maps) this.#maps.set(id, map);
    for (const [id, displays] of delta.displays) this.#displays.set(id, displays);
    this.#forgetItems();
    return new Set([...delta.tasks.keys(), ...delta.maps.keys(), ...delta.displays.keys()]);
  }

  /** Whether it tells of a task that neither the graph nor a map has. */
  hasStranger(delta: Delta): boolean {
    return [...delta.tasks.keys()].some((id) => !this.#known.has(id) && !this.#isItem(id, delta));
  }

  /** Returns whether it is of a map that is known. */
  foldPage(page: ItemsPage): boolean {
    if (!this.#maps.has(page.task_id)) return false;
    this.#pages.set(page.task_id, page);
    for (const [id, task] of page.tasks) this.#tasks.set(id, task);
    this.#forgetItems();
    return true;
  }

  clear(): void {
    for (const each of [this.#tasks, this.#maps, this.#pages, this.#displays]) each.clear();
  }

  #isItem(id: string, { maps }: Delta): boolean {
    const map = itemOf(id)?.map;
    return map !== undefined && (this.#maps.has(map) || maps.has(map));
  }

  /** Items that nobody tells of any more are forgotten once there are many. */
  #forgetItems(): void {
    if (this.#tasks.size <= this.#known.size + MOST_ITEMS) return;
    const kept = new Set([
      ...[...this.#maps.values()].flatMap((map) => map.items),
      ...[...this.#pages.values()].flatMap((page) => page.items),
    ]);
    for (const id of this.#tasks.keys()) {
      if (!this.#known.has(id) && !kept.has(id) && itemOf(id) !== null) this.#tasks.delete(id);
    }
  }
}
