"""How users of ElastiCache prove who they are, and what they may do.

AWS: takes the first from `AuthenticationMode`, by IAM or by passwords; an access string may have `&`, for channels.
ministack 1.5.33: reads `Passwords` beside it only, and describes every other user as one without a password. It writes
the access string into its XML as it is.
In Terraform: every plan changes every `aws_elasticache_user` with an `authentication_mode`; none with channels can be made.
Remove when `_create_user` in services/elasticache.py of ministack reads AuthenticationMode, and `_user_xml` escapes.
"""

from itertools import count, takewhile
from typing import Any
from xml.sax.saxutils import escape

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Keep the mode on create and on modify, and write the access string as XML."""
    from ministack.services import elasticache

    def wrap(original: Function) -> Function:
        def action(p: dict[str, Any]) -> Any:
            status, headers, body = original(p)
            mode = elasticache._p(p, "AuthenticationMode.Type")
            if status != 200 or mode not in ("iam", "password"):
                return status, headers, body
            passwords = (elasticache._p(p, f"AuthenticationMode.Passwords.member.{number}") for number in count(1))
            user = elasticache._users[elasticache._p(p, "UserId")]
            before = elasticache._user_xml(user)
            user["Authentication"] = {"Type": mode, "PasswordCount": len(list(takewhile(bool, passwords)))}
            return status, headers, body.replace(before.encode(), elasticache._user_xml(user).encode())

        return action

    def wrap_written(original: Function) -> Function:
        def written(u: Any) -> Any:
            return original({**u, "AccessString": escape(u.get("AccessString", ""))})

        return written

    replace(elasticache, "_user_xml", "u", wrap_written)
    replace(elasticache, "_create_user", "p", wrap)
    replace(elasticache, "_modify_user", "p", wrap)
