/** What the kernel of a notebook tells of its cells, heard also while it is busy. */

import type { ISessionContext } from "@jupyterlab/apputils";
import { KernelMessage, type Kernel } from "@jupyterlab/services";
import type { CellMarks } from "./cell_marks.ts";

/** The name and the id of the comm on the kernel's side. */
export const TARGET = "maze_nb.lab";

export interface KernelLink {
  /** Whether this kernel has told something. */
  readonly isLive: boolean;
}

/** Feeds the marks until the signal aborts; `lost` is called when a kernel is gone that had told. */
export function linkKernel(
  session: ISessionContext,
  marks: CellMarks,
  lost: () => void,
  signal: AbortSignal,
): KernelLink {
  let isLive = false;
  const hear = (_: unknown, message: KernelMessage.IMessage) => {
    if (!KernelMessage.isCommMsgMsg(message) || message.content.comm_id !== TARGET) return;
    isLive = true;
    marks.take(message.content.data);
  };
  const lose = () => {
    const was_live = isLive;
    isLive = false;
    if (was_live) lost();
  };
  const turn = (_: unknown, status: Kernel.Status) => {
    if (status === "restarting" || status === "autorestarting" || status === "dead") lose();
  };
  const change = () => {
    lose();
    void askKernel(session.session?.kernel ?? null, signal);
  };
  session.iopubMessage.connect(hear);
  session.statusChanged.connect(turn);
  session.kernelChanged.connect(change);
  signal.addEventListener("abort", () => {
    session.iopubMessage.disconnect(hear);
    session.statusChanged.disconnect(turn);
    session.kernelChanged.disconnect(change);
  }, { once: true });
  void askKernel(session.session?.kernel ?? null, signal);
  return {
    get isLive() {
      return isLive;
    },
  };
}

/** Asks a kernel that has loaded Maze for all it knows; a busy one tells by itself. */
async function askKernel(kernel: Kernel.IKernelConnection | null, signal: AbortSignal): Promise<void> {
  if (kernel === null) return;
  try {
    const { content } = await kernel.requestCommInfo({ target_name: TARGET });
    if (signal.aborted || kernel.isDisposed) return;
    if (content.status !== "ok" || !(TARGET in content.comms)) return;
    // A comm of JupyterLab's would have the kernel start a thread for this one message.
    const message = KernelMessage.createMessage<KernelMessage.ICommMsgMsg<"shell">>({
      msgType: "comm_msg",
      channel: "shell",
      session: kernel.clientId,
      username: kernel.username,
      subshellId: null,
      content: { comm_id: TARGET, data: { kind: "sync" } },
    });
    kernel.sendShellMessage(message, false, true);
  } catch {
    // The kernel went away meanwhile: whoever comes next is asked anew.
  }
}
