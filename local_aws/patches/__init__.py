"""Patches for the differences between ministack 1.5.33 and AWS that matter to this project, one file each."""

from importlib import import_module

CONTROL_PLANE = (
    "alarm_settings",
    "application_autoscaling",
    "availability_zone_rebalancing",
    "balancer_addresses",
    "cache_settings",
    "cache_users",
    "cluster_endpoints",
    "database_settings",
    "flow_logs",
    "list_object_versions",
    "managed_draining",
    "managed_master_password",
    "prefix_list_rules",
    "service_connect_defaults",
    "service_discovery_namespace",
    "whole_responses",
)
# These have an effect only where containers run; their tests are in tests/e2e.
CONTAINERS = (
    "container_health",
    "container_network",
    "container_settings",
    "database_restarts",
    "depends_on",
    "ended_tasks",
    "file_systems",
    "gateway_listener",
    "own_registry",
    "published_ports",
    "restart_policy",
    "rolled_back_deployments",
    "secure_strings",
    "service_names",
    "target_health",
    "task_address",
    "task_protection",
)
PATCHES = CONTROL_PLANE + CONTAINERS


def apply_patch(name: str) -> None:
    """Apply the patch of the module `name`."""
    import_module(f"{__name__}.{name}").apply()
