import { expect, it } from "vitest";
import { FAILED, NASTY, rawMessage, rawRun, rawState, storeOf, tell } from "../testing/runs.ts";
import { createDisplaysPane } from "./displays.ts";
import { createLogPane } from "./log.ts";

const display = (more: Readonly<Record<string, unknown>>) => ({ display_id: "", mime: "text/plain", text: "", image: "", html: "", place: "", ...more });

function log() {
  const store = storeOf({ ...FAILED, logs: { a: "one\ntwo" } });
  const pane = createLogPane("a", store);
  pane.update();
  const text = pane.element.querySelector<HTMLElement>(".mz-log")!;
  const follow = pane.element.querySelector<HTMLButtonElement>(".mz-follow")!;
  let seq = 4;
  const say = (line: string, id = "a") => {
    seq += 1;
    tell(store, { kind: "delta", run: rawRun("running"), tasks: {}, messages: [rawMessage(seq, { type: "task_log", task_id: id, text: line })], first_seq: seq, last_seq: seq });
    pane.update();
  };
  return { store, pane, text, follow, say };
}

it("goes on from what the kernel kept, with what this task prints", () => {
  const { text, say } = log();
  say("three\nfour");
  say("of another", "b");
  say(NASTY);
  expect(text.textContent).toBe(`one\ntwo\nthree\nfour\n${NASTY}`);
  expect(text.querySelector("img")).toBeNull();
});

it("stands still while it is read, and counts what is new", () => {
  const { text, follow, say } = log();
  Object.defineProperties(text, { scrollHeight: { value: 500 }, clientHeight: { value: 100 } });
  text.scrollTop = 10;
  text.dispatchEvent(new Event("scroll"));
  say("three");
  say("four");
  expect(text.textContent).toBe("one\ntwo");
  expect([follow.hidden, follow.textContent]).toEqual([false, "↓ 2 new lines"]);
  follow.click();
  expect(text.textContent).toBe("one\ntwo\nthree\nfour");
  expect(follow.hidden).toBe(true);
});

it("stays bounded, and keeps more than a snapshot has", () => {
  const { store, text, say } = log();
  say(Array.from({ length: 9000 }, (_, at) => `line ${at}`).join("\n"));
  const lines = text.textContent!.split("\n");
  expect(lines).toHaveLength(1001);
  expect([lines[0], lines.at(-1)]).toEqual(["…", "line 8999"]);
  tell(store, { kind: "snapshot", ...FAILED, logs: { a: "…\nline 8998\nline 8999" }, last_seq: 5 });
  expect(store.log("a").length).toBeGreaterThan(1000);
  tell(store, { kind: "snapshot", ...FAILED, logs: { a: "line 8999\nand more" }, last_seq: 6 });
  expect(store.log("a").map((line) => line.text)).toEqual(["line 8999", "and more"]);
});

it("says so while nothing was printed", () => {
  const pane = createLogPane("d", storeOf(FAILED));
  pane.update();
  expect(pane.element.querySelector<HTMLElement>(".mz-log-frame")!.hidden).toBe(true);
  expect(pane.element.textContent).toContain("Nothing was printed");
});

it("shows pictures, and pages that cannot do anything", () => {
  const image = "data:image/png;base64,aGk=";
  const store = storeOf({ ...FAILED, displays: { a: [display({ mime: "image/png", image, text: "<Figure>" }), display({ html: "<script>x()</script>" }), display({ text: NASTY, place: "on disk, 3 MB" })] } });
  const pane = createDisplaysPane("a", store);
  pane.update();
  const [first, second, third] = [...pane.element.querySelectorAll(".mz-display")];
  expect(first!.querySelector("img")).toMatchObject({ src: image, alt: "<Figure>" });
  const frame = second!.querySelector("iframe")!;
  expect(frame.getAttribute("sandbox")).toBe("");
  expect(frame.getAttribute("srcdoc")).toContain("default-src 'none'");
  expect(third!.textContent).toBe(`${NASTY}text/plain, on disk, 3 MB`);
});

it.each(["http://x/y.png", "javascript:x()", "data:text/html,x", "//x"])("loads nothing from %s", (image) => {
  const store = storeOf({ ...FAILED, displays: { a: [display({ image })] } });
  const pane = createDisplaysPane("a", store);
  pane.update();
  expect(pane.element.querySelector("img")).toBeNull();
});

it("drops what an earlier attempt displayed", () => {
  const store = storeOf({ ...FAILED, displays: { a: [display({ text: "old" })] } });
  const pane = createDisplaysPane("a", store);
  pane.update();
  tell(store, { kind: "delta", run: rawRun("running"), tasks: { a: rawState("running") }, displays: { a: [] }, messages: [], first_seq: 5, last_seq: 5 });
  pane.update();
  expect(pane.element.hidden).toBe(true);
});
