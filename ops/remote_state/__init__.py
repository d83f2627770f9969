"""The remote state of an account: create it and destroy it."""
