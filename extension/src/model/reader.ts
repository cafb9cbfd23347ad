/** Tolerant reading of untyped JSON: a wrong part is replaced by a default and noted, never thrown. */

/** An object that should be a row of the wire: its fields by the names that the wire has, whatever they hold. */
export type Fields<Row = Record<string, unknown>> = { readonly [Field in keyof Row]?: unknown };

export function isFields<Row = Record<string, unknown>>(value: unknown): value is Fields<Row> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isEmpty(raw: unknown): boolean {
  return raw === undefined || raw === null || (isFields(raw) && Object.keys(raw).length === 0);
}

/** Shortest text that shows what a value was, for notes about malformed parts. */
export function glimpse(value: unknown, length = 80): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export class Reader {
  /** What could not be read, in words; bounded so that a broken stream cannot fill memory. */
  readonly problems: string[] = [];

  note(where: string, expected: string, value: unknown): void {
    if (this.problems.length < 20) {
      this.problems.push(`${where}: expected ${expected}, got ${glimpse(value)}`);
    }
  }

  fields<Row = Record<string, unknown>>(value: unknown, where: string): Fields<Row> | null {
    if (isFields<Row>(value)) return value;
    this.note(where, "an object", value);
    return null;
  }

  /** Absent and null are an empty list. */
  list(value: unknown, where: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (value !== undefined && value !== null) this.note(where, "a list", value);
    return [];
  }

  text(value: unknown, where: string, otherwise = ""): string {
    return this.textOrNull(value, where) ?? otherwise;
  }

  textOrNull(value: unknown, where: string): string | null {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (value !== undefined && value !== null) this.note(where, "text", value);
    return null;
  }

  numberOrNull(value: unknown, where: string): number | null {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (value !== undefined && value !== null) this.note(where, "a number", value);
    return null;
  }

  texts(value: unknown, where: string): string[] {
    return this.list(value, where).flatMap((item) => this.textOrNull(item, where) ?? []);
  }

  numbers(value: unknown, where: string): number[] {
    return this.list(value, where).flatMap((item) => this.numberOrNull(item, where) ?? []);
  }

  oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word | "unknown" {
    return words.find((word) => word === value) ?? "unknown";
  }
}
