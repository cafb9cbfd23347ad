// A host of the anywidget protocol: a model with get, on, off and send, and a kernel that may be absent.
import { editingOf } from "./editing.js";
import { answerOf } from "./lists.js";
import { messageOf, runOf } from "./runs.js";
import { taskAnswerOf } from "./tasks.js";

const asked = new URLSearchParams(location.search);
const theme = asked.get("theme");
if (theme) document.body.dataset.jpThemeLight = String(theme === "light");

const { graph, snapshot } = await runOf(asked.get("tasks") ?? "6", asked.get("state") ?? "running");
const hasKernel = asked.get("kernel") !== "no";

const listeners = new Map();
const traits = { graph, snapshot: asked.get("saved") === "no" ? {} : snapshot };
const tell = (event, value) => [...(listeners.get(event) ?? [])].forEach((hear) => hear(value));
const editing = asked.has("edit")
  ? editingOf(graph, (name, value) => {
      traits[name] = value;
      tell(`change:${name}`, value);
    })
  : null;
if (editing !== null) traits.editing = editing.state;
const model = {
  get: (name) => traits[name],
  on: (event, hear) => listeners.set(event, [...(listeners.get(event) ?? []), hear]),
  off: (event, hear) => listeners.set(event, (listeners.get(event) ?? []).filter((it) => it !== hear)),
  send(content) {
    window.host.sent.push(content);
    if (hasKernel && content.kind === "sync") {
      queueMicrotask(() => tell("msg:custom", { kind: "snapshot", graph, ...snapshot }));
    }
    const answer = hasKernel && content.kind === "ask" ? answerTo(content) : undefined;
    if (answer !== undefined) {
      setTimeout(() => tell("msg:custom", { kind: "answer", ask_id: content.ask_id, error: "", value: {}, ...answer }), 20);
    }
  },
};

function answerTo(content) {
  if (content.ask === "edit") return editing?.answer(content);
  const value = answerOf(content, asked) ?? taskAnswerOf(content, snapshot);
  return value === undefined ? undefined : { value };
}

window.host = {
  sent: [],
  graph,
  snapshot,
  push: (content) => tell("msg:custom", content),
  message: messageOf,
  listeners: () => [...listeners.values()].reduce((sum, hears) => sum + hears.length, 0),
};

const { default: widget } = await import("/maze_nb/widgets/static/view.js");
const controller = new AbortController();
const start = performance.now();
const close = await widget.render({ model, el: document.querySelector("#view"), signal: controller.signal });
window.host.close = () => (controller.abort(), close?.());
window.host.renderedIn = performance.now() - start;
// The picture is there once nothing is being laid out and two frames went by.
const frame = () => new Promise(requestAnimationFrame);
(async () => {
  while (document.querySelector(".mz-laying:not([hidden])")) await frame();
  await frame();
  await frame();
  window.host.shownIn = performance.now() - start;
})();
document.body.dataset.ready = "yes";
