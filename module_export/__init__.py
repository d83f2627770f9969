"""Generator of the Terraform modules in terraform/; see README.md."""
