"""Measurements to look at. They never fail because of a figure."""
