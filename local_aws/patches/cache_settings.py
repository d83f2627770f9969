"""Parameters and automatic upgrades of ElastiCache.

AWS: lists only the changed parameters of a group if the request asks for them. A cache cluster reports its
`AutoMinorVersionUpgrade`, which AWS provider 5.100.0 reads for the replication group.
ministack 1.5.33: always lists all parameters, and does not report `AutoMinorVersionUpgrade`.
In Terraform: every plan changes every `aws_elasticache_parameter_group` and `aws_elasticache_replication_group`.
Remove when services/elasticache.py of ministack reads `Source` in `_describe_cache_parameters`, and writes
`AutoMinorVersionUpgrade` in `_cluster_xml_inner`.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Filter the parameters by `Source`, and report `AutoMinorVersionUpgrade`."""
    from ministack.services import elasticache

    @replace(elasticache, "_describe_cache_parameters", "p")
    def describe(original: Function, p: Any) -> Any:
        name, source = elasticache._p(p, "CacheParameterGroupName"), elasticache._p(p, "Source")
        every = elasticache._param_group_params.get(name)
        if not source or every is None:
            return original(p)
        matching = {key: each for key, each in every.items() if each.get("Source", "system") == source}
        elasticache._param_group_params[name] = matching
        try:
            return original(p)
        finally:
            elasticache._param_group_params[name] = every

    @replace(elasticache, "_cluster_xml_inner", "c")
    def written(original: Function, c: Any) -> Any:
        automatic = str(c.get("AutoMinorVersionUpgrade", True)).lower()
        return f"{original(c)}<AutoMinorVersionUpgrade>{automatic}</AutoMinorVersionUpgrade>"
