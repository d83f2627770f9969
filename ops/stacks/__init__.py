"""Which stacks there are, what is deployed of them, and what differs."""
