"""What ministack 1.5.33 does differently from AWS and matters to us: one file per gap, applied in our process only."""

from collections.abc import Callable

from ops.local_aws.patches import (
    alarm_settings,
    application_autoscaling,
    availability_zone_rebalancing,
    cluster_endpoints,
    container_health,
    container_network,
    container_settings,
    database_restarts,
    database_settings,
    depends_on,
    ended_tasks,
    file_systems,
    flow_logs,
    gateway_listener,
    list_object_versions,
    managed_master_password,
    own_registry,
    prefix_list_rules,
    published_ports,
    restart_policy,
    secure_strings,
    service_connect_defaults,
    service_discovery_namespace,
    service_names,
    target_health,
    task_address,
    task_protection,
    whole_responses,
)

CONTROL_PLANE: dict[str, Callable[[], None]] = {
    "alarm_settings": alarm_settings.apply,
    "application_autoscaling": application_autoscaling.apply,
    "availability_zone_rebalancing": availability_zone_rebalancing.apply,
    "cluster_endpoints": cluster_endpoints.apply,
    "database_settings": database_settings.apply,
    "flow_logs": flow_logs.apply,
    "list_object_versions": list_object_versions.apply,
    "managed_master_password": managed_master_password.apply,
    "prefix_list_rules": prefix_list_rules.apply,
    "service_connect_defaults": service_connect_defaults.apply,
    "service_discovery_namespace": service_discovery_namespace.apply,
    "whole_responses": whole_responses.apply,
}
# These show where containers run: their tests are in tests/e2e.
CONTAINERS: dict[str, Callable[[], None]] = {
    "container_health": container_health.apply,
    "container_network": container_network.apply,
    "container_settings": container_settings.apply,
    "database_restarts": database_restarts.apply,
    "depends_on": depends_on.apply,
    "ended_tasks": ended_tasks.apply,
    "file_systems": file_systems.apply,
    "gateway_listener": gateway_listener.apply,
    "own_registry": own_registry.apply,
    "published_ports": published_ports.apply,
    "restart_policy": restart_policy.apply,
    "secure_strings": secure_strings.apply,
    "service_names": service_names.apply,
    "target_health": target_health.apply,
    "task_address": task_address.apply,
    "task_protection": task_protection.apply,
}
PATCHES = CONTROL_PLANE | CONTAINERS
