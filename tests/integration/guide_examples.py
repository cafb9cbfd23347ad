"""The examples of the MaClient guide, as a person would put them into one plain script."""

from maze_nb import MaClient, task


@task(inputs=["filename"], outputs=["data"])
def load_data(params):
    filename = params.get("filename")
    # Simulate loading data
    data = f"Data from {filename}"
    return {"data": data}


@task(inputs=["data"], outputs=["cleaned_data"])
def clean_data(params):
    data = params.get("data")
    cleaned = data.strip().upper()
    return {"cleaned_data": cleaned}


@task(inputs=["data"], outputs=["result"])
def analyze_data(params):
    data = params.get("data")
    result = f"Analysis: {len(data)} characters"
    return {"result": result}


client = MaClient()
workflow = client.create_workflow()

t1 = workflow.add_task(load_data, inputs={"filename": "data.txt"})
t2 = workflow.add_task(clean_data, inputs={"data": t1.outputs["data"]})
t3 = workflow.add_task(analyze_data, inputs={"data": t2.outputs["cleaned_data"]})

run_id = workflow.run()
workflow.show_results(run_id)


@task(inputs=["source"], outputs=["data"])
def fetch_data(params):
    """Fetch data from a source"""
    source = params.get("source")
    data = f"Data from {source}"
    return {"data": data}


@task(inputs=["data"], outputs=["json_result"])
def export_json(params):
    """Export data as JSON"""
    import json

    data = params.get("data")
    result = json.dumps({"data": data})
    return {"json_result": result}


@task(inputs=["data"], outputs=["csv_result"])
def export_csv(params):
    """Export data as CSV"""
    data = params.get("data")
    result = f"data\n{data}"
    return {"csv_result": result}


client = MaClient()
workflow = client.create_workflow()
t1 = workflow.add_task(fetch_data, inputs={"source": "database"})
t2 = workflow.add_task(export_json, inputs={"data": t1.outputs["data"]})
t3 = workflow.add_task(export_csv, inputs={"data": t1.outputs["data"]})
run_id = workflow.run()
workflow.show_results(run_id)


@task(inputs=["input"], outputs=["data"])
def prepare_data(params):
    """Prepare data for processing"""
    input_data = params.get("input")
    return {"data": f"Prepared: {input_data}"}


@task(inputs=["data"], outputs=["result_a"])
def process_method_a(params):
    """Process using method A"""
    data = params.get("data")
    return {"result_a": f"{data} -> Method A"}


@task(inputs=["data"], outputs=["result_b"])
def process_method_b(params):
    """Process using method B"""
    data = params.get("data")
    return {"result_b": f"{data} -> Method B"}


@task(inputs=["result_a", "result_b"], outputs=["final_result"])
def merge_results(params):
    """Merge results from both methods"""
    result_a = params.get("result_a")
    result_b = params.get("result_b")
    return {"final_result": f"Combined: [{result_a}] + [{result_b}]"}


client = MaClient()
workflow = client.create_workflow()
t1 = workflow.add_task(prepare_data, inputs={"input": "raw_data"})
t2 = workflow.add_task(process_method_a, inputs={"data": t1.outputs["data"]})
t3 = workflow.add_task(process_method_b, inputs={"data": t1.outputs["data"]})
t4 = workflow.add_task(
    merge_results,
    inputs={"result_a": t2.outputs["result_a"], "result_b": t3.outputs["result_b"]},
)
run_id = workflow.run()
workflow.show_results(run_id)

run_id1 = workflow.run()
run_id2 = workflow.run()
run_id3 = workflow.run()
result1 = workflow.show_results(run_id1)
result2 = workflow.show_results(run_id2)
result3 = workflow.show_results(run_id3)

run_id = workflow.run()
result = workflow.show_results(run_id)
if result["workflow_completed"]:
    print(f"Task results: {result['task_results']}")

run_id = workflow.run()
messages = workflow.get_results(run_id, verbose=False)
for message in messages:
    msg_type = message.get("type")
    msg_data = message.get("data", {})

    if msg_type == "start_task":
        task_id = msg_data.get("task_id")
        print(f"Task {task_id} started")
    elif msg_type == "finish_task":
        task_id = msg_data.get("task_id")
        result = msg_data.get("result")
        print(f"Task {task_id} completed: {result}")
    elif msg_type == "task_exception":
        task_id = msg_data.get("task_id")
        error = msg_data.get("result")
        print(f"Task {task_id} failed: {error}")
    elif msg_type == "finish_workflow":
        print("Workflow completed!")

run_id = workflow.run()
messages = workflow.get_results(run_id, verbose=False)
task_results = {}
for message in messages:
    if message.get("type") == "finish_task":
        task_id = message["data"]["task_id"]
        result = message["data"]["result"]
        task_results[task_id] = result
for task_id, result in task_results.items():
    print(f"Task {task_id}: {result}")

run_id = workflow.run()
workflow.get_results(run_id, verbose=False)
task1_result = workflow.get_task_result(run_id, t1.task_id)
task2_result = workflow.get_task_result(run_id, t2.task_id)
print(f"Task 1: {task1_result}")
print(f"Task 2: {task2_result}")

messages1 = workflow.get_results(run_id, verbose=False)
messages2 = workflow.get_results(run_id, verbose=False)
cached_runs = workflow.list_cached_runs()
print(f"Cached runs: {cached_runs}")
workflow.clear_cache(run_id)
workflow.clear_cache()


@task(inputs=["a", "b"], outputs=["sum", "product", "difference"])
def calculate(params):
    a = params.get("a")
    b = params.get("b")
    return {"sum": a + b, "product": a * b, "difference": a - b}


@task(
    inputs=["value"],
    outputs=["result"],
    resources={"cpu": 1, "cpu_mem": 128, "gpu": 0, "gpu_mem": 0},
)
def debug_task(params):
    value = params.get("value")
    print(f"DEBUG: Input value = {value}")  # Visible in worker logs
    result = value * 2
    print(f"DEBUG: Output value = {result}")
    return {"result": result}


workflow = client.create_workflow()
t1 = workflow.add_task(calculate, inputs={"a": 10, "b": 5})
t2 = workflow.add_task(debug_task, inputs={"value": t1.outputs["sum"]})
t3 = workflow.add_task(debug_task, inputs={"value": t1.outputs["product"]})
run_id = workflow.run()
print(workflow.get_task_result(run_id, t2), workflow.get_task_result(run_id, t3))
workflow.print_graph()
print(workflow.get_graph_mermaid())
print(workflow.get_graph_info())
workflow.draw_graph()
