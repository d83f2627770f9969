"""What the local AWS says when it cannot do what was asked."""


class LocalAwsError(Exception):
    """One line for a person: what is wrong, and the remedy."""
