import { expect, it } from "vitest";
import { isTaskCell, otherMagic, placeToLoad, turnMark } from "./task_cell.ts";

it.each([
  ["x = 1", "%%maze_task\nx = 1"],
  ["", "%%maze_task\n"],
  ["%%maze_task\nx = 1", "x = 1"],
  ["%%maze_task train --run\nx = 1\ny", "x = 1\ny"],
  ["\n%%maze_task", ""],
  ["%%maze_tasks\nx", "%%maze_task\n%%maze_tasks\nx"],
])("turns %j into %j", (before, after) => expect(turnMark(before)).toBe(after));

it("comes back to where it was", () => expect(turnMark(turnMark("a\n\nb\n"))).toBe("a\n\nb\n"));

it.each([
  ["%%maze_task a", true, null],
  ["%%timeit\nx", false, "%%timeit"],
  ["%%maze_debug a", false, "%%maze_debug"],
  ["x = '%%maze_task'", false, null],
  ["# %%maze_task\n%%maze_task", false, null],
])("of %j tells whether it is a task, and what else it is", (source, is_task, other) => {
  expect(isTaskCell(source)).toBe(is_task);
  expect(otherMagic(source)).toBe(other);
});

const LOAD = "%load_ext maze_nb";
const TASK = "%%maze_task\nx = 1";
it.each([
  [[], null],
  [["x = 1"], null],
  [[TASK], 0],
  [["import os", TASK, TASK], 1],
  [[LOAD, TASK], null],
  [["import os\n  %load_ext maze_nb  # tasks\n", TASK], null],
  [["%reload_ext maze_nb", TASK], null],
  [['get_ipython().extension_manager.load_extension("maze_nb")', TASK], null],
  [["# %load_ext maze_nb", TASK], 1],
  [["%load_ext maze_nb_more", TASK], 1],
  [["%load_ext autoreload", TASK], 1],
  [[TASK, LOAD], 0],
])("of %j tells before which cell Maze has to be loaded", (sources, expected) => {
  expect(placeToLoad(sources)).toBe(expected);
});
