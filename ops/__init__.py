"""The tools that people and CI run: each is one command."""
