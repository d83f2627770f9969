"""The remote state of every stack: a bucket and a lock table per account and region, and who may touch which key."""
