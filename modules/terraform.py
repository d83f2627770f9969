"""Required Terraform version, for stacks and for commands, which read it without importing CDKTF."""

# 1.11 introduced the write-only arguments and ephemeral values that keep secrets out of the state.
TERRAFORM_VERSION = ">= 1.11.0"
