"""Users of ElastiCache who sign in with IAM, and what they may do.

AWS: a user has the authentication mode and the access string that it was made with.
ministack 1.5.33: forgets that the mode is IAM, and writes an access string with `&`, such as for channels, into its XML
as it is.
In Terraform: no such user can be made.
Remove when `_user_xml` in services/elasticache.py of ministack escapes, and `_create_user` reads `AuthenticationMode`.
"""

from typing import Any
from xml.sax.saxutils import escape

from ops.local_aws.patches.replace import Function, replace


def apply() -> None:
    """Keep the mode, and write the access string as XML."""
    from ministack.services import elasticache

    def wrap_changed(original: Function) -> Function:
        def changed(p: Any) -> Any:
            answer = original(p)
            user = elasticache._users.get(elasticache._p(p, "UserId"))
            if user and elasticache._p(p, "AuthenticationMode.Type") == "iam":
                user["Authentication"] = {"Type": "iam", "PasswordCount": 0}
            return answer

        return changed

    def wrap_written(original: Function) -> Function:
        def written(u: Any) -> Any:
            return original({**u, "AccessString": escape(u.get("AccessString", ""))})

        return written

    replace(elasticache, "_create_user", "p", wrap_changed)
    replace(elasticache, "_modify_user", "p", wrap_changed)
    replace(elasticache, "_user_xml", "u", wrap_written)
