"""The Terraform modules: platform, infrastructure and workflows, and what the three share."""
