"""What must not change by accident, written down."""
