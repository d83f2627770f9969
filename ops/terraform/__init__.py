"""Engine that runs Terraform for all commands."""
