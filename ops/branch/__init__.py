"""Environments for a branch: made from a template, with a last day, and removed again."""

PREFIX = "branch-"
