/** Reads what the nodes used over time; a point that cannot be read is left out. */

import type * as wire from "../wire/types.ts";
import type { Reader } from "./reader.ts";
import type { DeviceUse, NodeUse, UsagePoint } from "./usage.ts";

export function readUsage(reader: Reader, raw: unknown): readonly UsagePoint[] {
  return reader.list(raw, "usage").flatMap((item) => {
    const fields = reader.fields<wire.UsagePoint>(item, "usage[]");
    const time = reader.numberOrNull(fields?.["time"], "usage[].time");
    if (fields === null || time === null) return [];
    const nodes = reader.list(fields["nodes"], "usage[].nodes");
    return [{ time, nodes: nodes.flatMap((node) => readNode(reader, node) ?? []) }];
  });
}

function readNode(reader: Reader, raw: unknown): NodeUse | null {
  const fields = reader.fields<wire.NodeUseRow>(raw, "usage[].nodes[]");
  if (fields === null) return null;
  const number = (name: keyof wire.NodeUseRow) => reader.numberOrNull(fields[name], `usage node ${name}`) ?? 0;
  const devices = reader.list(fields["devices"], "usage devices");
  return {
    node_id: reader.text(fields["node_id"], "usage node_id"),
    cpu: number("cpu"),
    memory: number("memory"),
    total: number("total"),
    devices: devices.flatMap((device) => readDevice(reader, device) ?? []),
  };
}

function readDevice(reader: Reader, raw: unknown): DeviceUse | null {
  const fields = reader.fields<wire.DeviceUseRow>(raw, "usage devices[]");
  const number = (name: keyof wire.DeviceUseRow) => reader.numberOrNull(fields?.[name], `usage device ${name}`);
  const index = number("index");
  if (index === null) return null;
  return { index, load: number("load"), used: number("used") ?? 0, total: number("total") ?? 0 };
}
