"""Split Terraform's templates, which are texts with ``${…}`` in them, into their parts."""


def split(text: str) -> list[str]:
    """Return the texts and the interpolations of a template in their order; interpolations with their ``${}``."""
    parts, plain, at = [], "", 0
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            plain, at = plain + text[at : at + 3], at + 3
        elif text.startswith("${", at):
            end = _end(text, at + 2)
            parts += [plain, text[at:end]] if plain else [text[at:end]]
            plain, at = "", end
        else:
            plain, at = plain + text[at], at + 1
    return [*parts, plain] if plain else parts


def _end(text: str, at: int) -> int:
    """Return the index after the brace that closes the interpolation whose content begins at ``at``."""
    depth, quoted = 1, False
    while depth:
        if text[at] == "\\" and quoted:
            at += 1
        elif text.startswith("${", at) and quoted:
            at = _end(text, at + 2) - 1
        elif text[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def is_interpolation(part: str) -> bool:
    """Return whether the part of a template is an interpolation."""
    return part.startswith("${")
