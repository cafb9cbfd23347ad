// A kernel that lets a graph be edited: removes tasks and edges, and says no to cycles and negative amounts.

/** `changed` is told the names of the traits that changed. */
export function editingOf(graph, changed) {
  const state = { locked: "", undo: "", redo: "", ports: portsOf(graph), orders: [] };
  const edited = (undo) => {
    Object.assign(state, { undo, ports: portsOf(graph) });
    changed("graph", { ...graph });
    changed("editing", { ...state });
    return { value: {} };
  };
  const answer = (content) => {
    switch (content.op) {
      case "targets": return { value: { targets: fitting(graph, content.source) } };
      case "sources": return { value: { sources: Object.fromEntries(specOf(graph, content.target).inputs.map((name) => [name, []])) } };
      case "connect": return { error: `that would close a cycle: ${content.target} → ${content.source} → ${content.target}` };
      case "resources": return Object.values(content.values).some((value) => value < 0) ? { error: "must not be negative" } : edited("change cpu");
      case "cut":
        graph.edges = graph.edges.filter(({ source, target }) => source !== content.source || target !== content.target);
        return edited("remove an edge");
      case "remove":
        graph.tasks = graph.tasks.filter(({ id }) => id !== content.task);
        graph.edges = graph.edges.filter(({ source, target }) => source !== content.task && target !== content.task);
        return edited("remove a task");
      default: return { error: `nobody knows how to ${content.op}` };
    }
  };
  return { state, answer };
}

const specOf = (graph, id) => graph.tasks.find((task) => task.id === id);

function fitting(graph, source) {
  return Object.fromEntries(graph.tasks.filter(({ id, inputs }) => id !== source && inputs.length > 0).map(({ id, inputs }) => [id, inputs]));
}

function portsOf(graph) {
  const from = (target, name) => graph.edges.find((edge) => edge.target === target && edge.names.includes(name));
  const port = (id, name) => {
    const edge = from(id, name);
    const given = edge ? { kind: "output", task_id: edge.source, output: name } : { kind: "constant", task_id: "", output: "" };
    return { name, text: edge ? "" : "0.2", can_type: !edge, hint: "float", is_optional: false, ...given };
  };
  return Object.fromEntries(graph.tasks.map(({ id, inputs }) => [id, inputs.map((name) => port(id, name))]));
}
