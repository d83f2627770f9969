"""What ministack 1.5.33 does differently from AWS and matters to us: one file per gap, applied in our process only."""

from collections.abc import Callable

from ops.local_aws.patches import (
    alarm_settings,
    application_autoscaling,
    availability_zone_rebalancing,
    cluster_endpoints,
    database_settings,
    flow_logs,
    list_object_versions,
    managed_master_password,
    prefix_list_rules,
    service_connect_defaults,
    service_discovery_namespace,
    whole_responses,
)

PATCHES: dict[str, Callable[[], None]] = {
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
