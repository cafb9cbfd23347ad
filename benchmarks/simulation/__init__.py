"""Placement in virtual time: workloads, machines, lower bounds and policies side by side."""
