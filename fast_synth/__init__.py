"""Run a CDKTF program faster and in less memory than with stock CDKTF, with the same output. See README.md."""
