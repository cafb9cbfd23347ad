/** A live run behind a channel: loads what is saved, asks for what is new, and says when nobody answers. */

import { decodeGraph, decodeIncoming, decodeSnapshot, runIdOf } from "./model/decode.ts";
import { RunStore } from "./model/store.ts";
import { isGoingOn } from "./model/run.ts";
import type { Outgoing } from "./model/talk.ts";
import { PLAIN_HOST, type Host } from "./host.ts";
import { createQuestions } from "./questions.ts";

/** What a host must offer; raw values are decoded here. */
export interface Channel {
  saved(): { readonly graph: unknown; readonly snapshot: unknown };
  send(message: Outgoing): void;
  listen(ears: Ears, signal: AbortSignal): void;
}

export interface Ears {
  incoming(raw: unknown): void;
  /** The kernel changed what is saved. */
  savedGraph(raw: unknown): void;
  savedSnapshot(raw: unknown): void;
  /** The way to the kernel broke or came back. */
  rewired(): void;
}

/** How long an answer may take before the state is called the last known one. */
export const ANSWER_WITHIN_MS = 3000;
/** A question that was not answered for this long may be asked again. */
const ASK_AGAIN_MS = 30_000;
/** Least time between two questions, however many gaps there are. */
const ASK_APART_MS = 1000;
/** A run that goes on in silence is asked after; each time in vain doubles the patience. */
export const SILENCE_MS = 6_000;
const LONGEST_SILENCE_MS = 192_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Follows the run that the channel is about, or the one with this id. */
export function openSession(
  channel: Channel,
  signal: AbortSignal,
  host: Host = PLAIN_HOST,
  runId: string | null = null,
): RunStore {
  const store = new RunStore(undefined, host);
  /** The run that is looked at; null for the one that the channel is about. */
  let wanted = runId;
  const ask = createAsker(channel, store, () => wanted, signal);
  const questions = createQuestions((message) => channel.send(message), signal);

  const loadGraph = (raw: unknown) => {
    const { value, problems } = decodeGraph(raw);
    store.setGraph(value);
    store.noteProblems(problems);
  };
  const loadSnapshot = (raw: unknown) => {
    const { value, problems } = decodeSnapshot(raw);
    if (value.run !== null || value.tasks.size > 0) store.foldSnapshot(value);
    store.noteProblems(problems);
  };

  store.carry = (asked) => {
    try {
      if (!signal.aborted) channel.send(wanted === null ? asked : { ...asked, run_id: wanted });
    } catch {
      store.setLink("saved");
    }
  };
  store.carryQuestion = (what, asked) => questions.ask(what, asked, store.run?.run_id ?? wanted ?? "");
  store.turnTo = (runId) => {
    wanted = runId;
    ask.settle();
    ask();
  };
  const loadSaved = () => {
    const { graph, snapshot } = channel.saved();
    loadGraph(graph);
    loadSnapshot(snapshot);
  };
  if (wanted === null) loadSaved();
  const isOfAnotherRun = (about: string | null) => {
    const here = wanted ?? store.run?.run_id ?? null;
    return about !== null && here !== null && here !== "" && about !== here;
  };
  const pulse = createPulse(store, ask, signal);
  const heard = (has_news: boolean) => {
    ask.heard();
    pulse.heard(has_news);
    store.setLink("live");
  };
  channel.listen(
    {
      savedGraph: (raw) => {
        heard(true);
        if (wanted === null) loadGraph(raw);
      },
      savedSnapshot: (raw) => {
        heard(true);
        if (wanted === null) loadSnapshot(raw);
      },
      rewired: () => {
        store.setLink("asking");
        questions.drop("the connection was lost meanwhile: ask again");
        ask.settle();
        ask();
      },
      incoming: (raw) => {
        const { value, problems } = decodeIncoming(raw);
        if (value.kind === "answer") {
          questions.answer(value);
          return;
        }
        if (isOfAnotherRun(runIdOf(raw))) return;
        store.noteProblems(problems);
        heard(value.kind === "delta");
        if (value.kind === "snapshot") ask.settle();
        if (store.fold(value).has_gap) ask();
      },
    },
    signal,
  );
  ask();
  return store;
}

/** Asks after a run that should be going on when nothing is heard of it. */
function createPulse(store: RunStore, ask: () => void, signal: AbortSignal) {
  let heardAt = Date.now();
  let patience = SILENCE_MS;
  const timer = setInterval(() => {
    if (!isGoingOn(store.run) || Date.now() - heardAt < patience) return;
    patience = Math.min(LONGEST_SILENCE_MS, patience * 2);
    ask();
  }, SILENCE_MS / 4);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return {
    heard(has_news: boolean) {
      heardAt = Date.now();
      if (has_news) patience = SILENCE_MS;
    },
  };
}

interface Asker {
  (): void;
  /** Somebody spoke, be it an answer or not. */
  heard(): void;
  /** The question was answered, or can no longer be. */
  settle(): void;
}

/** Sends at most one `sync` at a time: a busy kernel answers late, and would answer each one. */
function createAsker(
  channel: Channel,
  store: RunStore,
  wanted: () => string | null,
  signal: AbortSignal,
): Asker {
  let askedAt = -Infinity;
  let isOpen = false;
  let hasHeard = false;
  let verdict: Timer;
  let later: Timer;
  signal.addEventListener("abort", () => [verdict, later].forEach(clearTimeout), { once: true });

  const send = () => {
    later = undefined;
    askedAt = Date.now();
    isOpen = true;
    hasHeard = false;
    try {
      const runId = wanted();
      channel.send(runId === null ? { kind: "sync" } : { kind: "sync", run_id: runId });
    } catch {
      isOpen = false;
      store.setLink("saved");
      return;
    }
    clearTimeout(verdict);
    verdict = setTimeout(() => {
      if (!hasHeard) store.setLink("saved");
    }, ANSWER_WITHIN_MS);
  };
  const ask = () => {
    const age = Date.now() - askedAt;
    if (signal.aborted || later !== undefined || (isOpen && age < ASK_AGAIN_MS)) return;
    if (age >= ASK_APART_MS) send();
    else later = setTimeout(send, ASK_APART_MS - age);
  };
  ask.heard = () => {
    hasHeard = true;
  };
  ask.settle = () => {
    isOpen = false;
  };
  return ask;
}
