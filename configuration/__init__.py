"""Load and validate the values of environments/. Importing a module of this package imports only what that module needs."""
