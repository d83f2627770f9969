"""Authentication mode and access string of ElastiCache users.

AWS: reads `AuthenticationMode`, IAM or passwords. An access string may contain `&`, which denotes channels.
ministack 1.5.33: reads the older field `Passwords` only, and describes every other user as passwordless. It writes the
access string into its XML without escaping it.
In Terraform: every plan changes every `aws_elasticache_user` with an `authentication_mode`; a user with channels cannot be
created.
Remove when `_create_user` in services/elasticache.py of ministack reads AuthenticationMode, and `_user_xml` escapes.
"""

from itertools import count, takewhile
from typing import Any
from xml.sax.saxutils import escape

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Store the mode on create and on modify, and escape the access string."""
    from ministack.services import elasticache

    @replace(elasticache, "_create_user", "p")
    @replace(elasticache, "_modify_user", "p")
    def action(original: Function, p: dict[str, Any]) -> Any:
        status, headers, body = original(p)
        mode = elasticache._p(p, "AuthenticationMode.Type")
        if status != 200 or mode not in ("iam", "password"):
            return status, headers, body
        passwords = (elasticache._p(p, f"AuthenticationMode.Passwords.member.{number}") for number in count(1))
        user = elasticache._users[elasticache._p(p, "UserId")]
        before = elasticache._user_xml(user)
        user["Authentication"] = {"Type": mode, "PasswordCount": len(list(takewhile(bool, passwords)))}
        return status, headers, body.replace(before.encode(), elasticache._user_xml(user).encode())

    @replace(elasticache, "_user_xml", "u")
    def written(original: Function, u: Any) -> Any:
        return original({**u, "AccessString": escape(u.get("AccessString", ""))})
