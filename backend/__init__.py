"""Remote state of every stack: a bucket and a lock table per account and region, and a policy per project."""
