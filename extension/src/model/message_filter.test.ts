import { expect, it } from "vitest";
import { decodeSnapshot } from "./decode.ts";
import { ALL, FilteredMessages, rankOf, type Filter } from "./message_filter.ts";
import { MOST_MESSAGES, MessageBook } from "./message_book.ts";
import type { Message } from "./run.ts";
import { rawMessage } from "../testing/runs.ts";

function messagesOf(...raw: unknown[]): Message[] {
  return [...decodeSnapshot({ messages: raw }).value.messages];
}

const SOME = messagesOf(
  rawMessage(1, { type: "start_workflow", task_id: null, task_name: null, text: "digits: 3 tasks" }),
  rawMessage(2, { type: "task_log", task_id: "a", task_name: "load", text: "Epoch 1", stream: "stdout" }),
  rawMessage(3, { type: "task_log", task_id: "b", task_name: "fit", text: "a warning", stream: "stderr" }),
  rawMessage(4, { type: "node_usage", task_id: null, task_name: null, text: "node-a: CPU 50 %" }),
  rawMessage(5, { type: "task_retry", task_id: "b", task_name: "fit", text: "retrying: OSError" }),
  rawMessage(6, { type: "task_exception", task_id: "b", task_name: "fit", text: "failed: OSError: epoch lost" }),
  rawMessage(7, { type: "from_the_future", task_id: "a", task_name: "load", text: "unknown message" }),
);

const CASES: readonly (readonly [string, Partial<Filter>, readonly number[]])[] = [
  ["all but what is quiet", {}, [1, 2, 3, 5, 6, 7]],
  ["one type", { type: "task_log" }, [2, 3]],
  ["a quiet type, when it is asked for", { type: "node_usage" }, [4]],
  ["an unknown type", { type: "from_the_future" }, [7]],
  ["warnings and errors", { level: "warnings" }, [5, 6]],
  ["errors", { level: "errors" }, [6]],
  ["one task", { task: "b" }, [3, 5, 6]],
  ["words, however written", { words: " EPOCH " }, [2, 6]],
  ["all of several words", { words: "fit oserror" }, [5, 6]],
  ["a stream", { words: "stderr" }, [3]],
  ["all together", { level: "warnings", task: "b", words: "retrying" }, [5]],
  ["nothing", { words: "nowhere" }, []],
];

it.each(CASES)("finds %s", (_, part, expected) => {
  const found = new FilteredMessages();
  found.take(SOME);
  found.choose({ ...ALL, ...part });
  expect(found.rows.map((message) => message.seq)).toEqual(expected);
});

it("counts types, and takes in what comes at the end without looking again at what it has seen", () => {
  const found = new FilteredMessages();
  const source = SOME.slice(0, 3);
  found.take(source);
  source.push(...SOME.slice(3));
  expect(found.take(source)).toBe(true);
  expect(found.rows.length).toBe(6);
  expect(found.types.get("task_log")).toBe(2);
  expect(found.take([...SOME])).toBe(false);
  expect(found.rows.length).toBe(6);
});

it("ranks messages", () => {
  expect(SOME.map(rankOf)).toEqual([0, 0, 0, 0, 1, 2, 0]);
});

it("finds its way among 100,000, and looks at each new one once", () => {
  const many = Array.from({ length: 100_000 }, (_, at) => ({ ...SOME[1]!, seq: at + 1, text: `line ${at + 1}` }));
  const found = new FilteredMessages();
  const start = performance.now();
  found.take(many);
  found.choose({ ...ALL, words: "line 99999" });
  expect(performance.now() - start).toBeLessThan(1500);
  expect(found.rows.map((message) => message.seq)).toEqual([99_999]);
  found.choose(ALL);
  expect(found.placeOf(50_000)).toBe(49_999);
  const again = performance.now();
  for (let at = 0; at < 1000; at += 1) {
    many.push({ ...SOME[1]!, seq: 100_001 + at });
    found.take(many);
  }
  expect(performance.now() - again).toBeLessThan(200);
});

it("keeps a bounded number, and counts those that say something", () => {
  const book = new MessageBook();
  const batch = (first: number) => Array.from({ length: 4_000 }, (_, at) => ({
    ...SOME[at % 4 === 0 ? 3 : 1]!, seq: first + at,
  }));
  for (let first = 1; first < 200_000; first += 4_000) book.append(batch(first), null);
  expect(book.rows.length).toBeLessThanOrEqual(MOST_MESSAGES + 5_000);
  expect(book.newest).toBe(200_000);
  expect(book.spoken).toBe(book.rows.filter(({ type }) => type !== "node_usage").length);
  expect(book.hasOlder).toBe(true);
  expect(book.prepend(batch(1))).toBe(Math.max(0, Math.min(4_000, MOST_MESSAGES - (book.rows.length))));
});

it("puts older ones before those it has, none twice", () => {
  const book = new MessageBook();
  book.replace(SOME.slice(3), 7, false);
  expect([book.hasOlder, book.hasRoom]).toEqual([true, true]);
  expect(book.prepend(SOME.slice(0, 5))).toBe(3);
  expect(book.rows.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(book.hasOlder).toBe(false);
});
