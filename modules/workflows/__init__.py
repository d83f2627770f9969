"""The module ``workflows``: how a project's DAGs are found, what they connect to, and as whom they run."""
