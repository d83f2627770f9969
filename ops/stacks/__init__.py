"""Configured stacks, deployed states, and the differences between them."""
