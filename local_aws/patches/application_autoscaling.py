"""The service Application Auto Scaling.

AWS: stores scalable targets, policies and scheduled actions, and scales by them.
ministack 1.5.33: does not have this service. local_aws/application_autoscaling.py stores them and never scales.
In Terraform: `aws_appautoscaling_target` fails with "UnknownError".
Remove when SERVICE_REGISTRY in app.py of ministack has `application-autoscaling`.
"""

from local_aws.errors import LocalAwsError

NAME = "application-autoscaling"


def apply() -> None:
    """Add the service to the router."""
    from ministack import app
    from ministack.core import router

    from local_aws.application_autoscaling import handle_request

    if NAME in app.SERVICE_HANDLERS or NAME in router.SERVICE_PATTERNS:
        raise LocalAwsError(f"ministack has {NAME} now: remove local_aws/patches/application_autoscaling.py")
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": ["AnyScaleFrontendService"], "credential_scope": NAME}
    app.SERVICE_HANDLERS[NAME] = handle_request
