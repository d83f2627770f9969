"""Patterns of secrets, which must not be in a committed file."""

import re

# Keys that name a secret, and values that are secrets under any key.
SECRET_KEY = re.compile(
    r"(?i)(^|_|\.|-)(password|passwd|pwd|secret|secret_key|token|api_?key|private_?key|access_?key|fernet_?key|credentials?)$"
)
SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}"  # GitHub, GitLab
    r"|\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com/services/\w+"  # Slack
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}"  # JSON web token
    r"|://[^/\s:@]*:[^/\s:@]+@"  # a URL with a password
    r"|(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*\d)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)
