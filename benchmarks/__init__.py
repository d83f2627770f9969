"""Benchmarks. They report figures and never fail because of a figure."""
