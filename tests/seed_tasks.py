"""The tasks of the workflows that people start from, in the form that takes one dict."""

from __future__ import annotations

import json

from maze_nb import task


@task(inputs=["filename"], outputs=["data"])
def load_data(params):
    filename = params.get("filename")
    return {"data": f"Data from {filename}"}


@task(inputs=["data"], outputs=["cleaned_data"])
def clean_data(params):
    return {"cleaned_data": params.get("data").strip().upper()}


@task(inputs=["data"], outputs=["result"])
def analyze_data(params):
    return {"result": f"Analysis: {len(params.get('data'))} characters"}


@task(inputs=["source"], outputs=["data"])
def fetch_data(params):
    """Fetch data from a source."""
    return {"data": f"Data from {params.get('source')}"}


@task(inputs=["data"], outputs=["json_result"])
def export_json(params):
    return {"json_result": json.dumps({"data": params.get("data")})}


@task(inputs=["data"], outputs=["csv_result"])
def export_csv(params):
    return {"csv_result": f"data\n{params.get('data')}"}


@task(inputs=["input"], outputs=["data"])
def prepare_data(params):
    return {"data": f"Prepared: {params.get('input')}"}


@task(inputs=["data"], outputs=["result_a"])
def process_method_a(params):
    return {"result_a": f"{params.get('data')} -> Method A"}


@task(inputs=["data"], outputs=["result_b"])
def process_method_b(params):
    return {"result_b": f"{params.get('data')} -> Method B"}


@task(inputs=["result_a", "result_b"], outputs=["final_result"])
def merge_results(params):
    return {"final_result": f"Combined: [{params.get('result_a')}] + [{params.get('result_b')}]"}


@task(inputs=["in"], outputs=["out"])
def step(params):
    return {"out": params["in"] + "."}


@task(inputs=["a", "b"], outputs=["out"])
def final_process(params):
    return {"out": params["a"] + params["b"]}


@task(inputs=["a", "b"], outputs=["sum", "product", "difference"])
def calculate(params):
    a, b = params.get("a"), params.get("b")
    return {"sum": a + b, "product": a * b, "difference": a - b}


@task(inputs=["value"], outputs=["result"], resources={"cpu": 1, "cpu_mem": 512})
def debug_task(params):
    value = params.get("value")
    print(f"DEBUG: Input value = {value}")
    return {"result": value * 2}
