"""Measurements: figures to look at, never tests."""
