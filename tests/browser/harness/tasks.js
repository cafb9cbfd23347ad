// What a kernel answers on one task; the same at each call.

const SOURCE = `def train_convolutional_network(train, rate=0.001, epochs=40, patience="until it is no better for a long time"):
    # each batch by itself
    network = Network(layers=4)
    for batch, labels in batches(train, size=64):
        loss = network.step(batch, labels, rate)
    return {"cnn": network, "loss": f"{loss:.4f}"}`;
const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Undefined for a question that is none of these. */
export function taskAnswerOf(content, snapshot) {
  switch (content.ask) {
    case "source": return {
      text: SOURCE, file: "", line: 1, cell: "",
      inputs: [{ name: "rate", text: "0.0005", task_id: "", output: "" }, { name: "train", text: "", task_id: "t2", output: "train" }],
    };
    case "attempts": return attemptsOf(snapshot.tasks[content.task_id]);
    case "log": return { parts: [{ attempt: 1, stream: "stdout", text: "epoch 1\nepoch 2\nepoch 3" }, { attempt: 1, stream: "stderr", text: "slow" }], left_out: 4096 };
    case "preview": return { mime: "image/png", text: "loss by epoch", image: PIXEL, html: "", note: "", error: "" };
    default: return undefined;
  }
}

function attemptsOf({ attempt, node_id, started, past = [], error }) {
  const told = { node_id, worker: null, gpu_ids: [], reason: null, memory: null, vram: null };
  const earlier = past.map((each) => ({
    ...told, ...each, error: { type: "OSError", kind: "", message: each.reason, traceback: `Traceback\n${each.reason}`, host: null },
  }));
  return { attempts: [...earlier, { ...told, attempt, state: "failed", started, finished: started, error: error ?? null }] };
}
