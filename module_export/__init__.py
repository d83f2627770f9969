"""Plain Terraform modules, made from the same constructs as the stacks: `make modules`.

A construct is synthesised with marks in place of values; every mark that reaches the JSON becomes a variable there
(marks.py). What a value decides is synthesised both ways, and where the two differ a condition is written (merge.py). The
platform's values decide so much that only each by itself is tried, not all together: merge.py refuses two that meet.
"""
