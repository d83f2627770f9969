"""The one engine that runs Terraform."""
