/** What a view has to know to edit a graph, and its reading; nothing here throws. */

import { Reader, isEmpty } from "../model/reader.ts";

const PORT_KINDS = ["output", "constant", "mixed", "default", "missing"] as const;
export type PortKind = (typeof PORT_KINDS)[number] | "unknown";

/** One input of a task, and what it is given. */
export interface Port {
  readonly name: string;
  readonly kind: PortKind;
  /** Of which task's output it is, where the kind is that. */
  readonly task_id: string;
  readonly output: string;
  /** The value as it would be typed, or a short form of it. */
  readonly text: string;
  readonly can_type: boolean;
  readonly hint: string;
  /** Whether it has a default. */
  readonly is_optional: boolean;
}

export interface EditState {
  /** Why nothing can be edited; else empty. */
  readonly locked: string;
  /** What would be taken back, or done again; else empty. */
  readonly undo: string;
  readonly redo: string;
  readonly ports: ReadonlyMap<string, readonly Port[]>;
  /** Pairs of tasks of which the second only runs after the first, as a key of both. */
  readonly orders: ReadonlySet<string>;
}

export interface End {
  readonly task_id: string;
  readonly output: string;
}

function pairKey(source: string, target: string): string {
  return `${source}\n${target}`;
}

/** Null where nothing is said: the graph is not to be edited. */
export function decodeEditState(raw: unknown): EditState | null {
  if (isEmpty(raw)) return null;
  const reader = new Reader();
  const fields = reader.fields(raw, "editing");
  if (fields === null) return null;
  const ports = new Map<string, readonly Port[]>();
  const rows = isEmpty(fields["ports"]) ? null : reader.fields(fields["ports"], "editing.ports");
  for (const [id, list] of Object.entries(rows ?? {})) {
    ports.set(id, reader.list(list, `ports of ${id}`).flatMap((item) => readPort(reader, item) ?? []));
  }
  const orders = reader.list(fields["orders"], "editing.orders").flatMap((item) => {
    const [source, target] = reader.texts(item, "editing.orders");
    return source === undefined || target === undefined ? [] : [pairKey(source, target)];
  });
  return {
    locked: reader.text(fields["locked"], "editing.locked"),
    undo: reader.text(fields["undo"], "editing.undo"),
    redo: reader.text(fields["redo"], "editing.redo"),
    ports,
    orders: new Set(orders),
  };
}

/** The inputs that an output can go to, by task. */
export function decodeTargets(raw: unknown): ReadonlyMap<string, readonly string[]> {
  const reader = new Reader();
  const fields = reader.fields(reader.fields(raw, "answer")?.["targets"], "targets") ?? {};
  return new Map(Object.entries(fields).map(([id, names]) => [id, reader.texts(names, "targets")]));
}

/** The outputs that each input of a task can take. */
export function decodeSources(raw: unknown): ReadonlyMap<string, readonly End[]> {
  const reader = new Reader();
  const fields = reader.fields(reader.fields(raw, "answer")?.["sources"], "sources") ?? {};
  return new Map(
    Object.entries(fields).map(([name, ends]) => [
      name,
      reader.list(ends, "sources").flatMap((item) => {
        const end = reader.fields(item, "sources");
        if (end === null) return [];
        return [{ task_id: reader.text(end["task_id"], "task_id"), output: reader.text(end["output"], "output") }];
      }),
    ]),
  );
}

function readPort(reader: Reader, raw: unknown): Port | null {
  const fields = reader.fields(raw, "port");
  const name = fields && reader.textOrNull(fields["name"], "port.name");
  if (!fields || !name) return null;
  return {
    name,
    kind: reader.oneOf(reader.text(fields["kind"], "port.kind", "unknown"), PORT_KINDS),
    task_id: reader.text(fields["task_id"], "port.task_id"),
    output: reader.text(fields["output"], "port.output"),
    text: reader.text(fields["text"], "port.text"),
    can_type: fields["can_type"] === true,
    hint: reader.text(fields["hint"], "port.hint"),
    is_optional: fields["is_optional"] === true,
  };
}
