"""Records of names that must not change by accident."""
