"""`cdktf`: its verbs, run by the engine of ops/terraform."""
