"""The one exception of this package."""


class Misfit(Exception):  # noqa: N818 - nothing is wrong: the project is synthesised, only at the usual speed
    """Something is not as it must be for the fast path; the message finishes the sentence "stock CDKTF, because"."""
