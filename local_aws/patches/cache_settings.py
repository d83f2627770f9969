"""Settings of ElastiCache that are reported as they were made.

AWS: lists the parameters of a group that somebody set, if asked for these; a cache cluster says whether minor versions are
installed by themselves, which is where AWS provider 5.100.0 reads that of a replication group.
ministack 1.5.33: always lists all parameters, and says nothing of the second.
In Terraform: every plan changes every `aws_elasticache_parameter_group` and `aws_elasticache_replication_group`.
Remove when services/elasticache.py of ministack reads `Source` in `_describe_cache_parameters`, and writes
`AutoMinorVersionUpgrade` in `_cluster_xml_inner`.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Leave out the parameters that were not asked for, and say the rest."""
    from ministack.services import elasticache

    def wrap_parameters(original: Function) -> Function:
        def describe(p: Any) -> Any:
            name, source = elasticache._p(p, "CacheParameterGroupName"), elasticache._p(p, "Source")
            every = elasticache._param_group_params.get(name)
            if not source or every is None:
                return original(p)
            asked = {key: one for key, one in every.items() if one.get("Source", "system") == source}
            elasticache._param_group_params[name] = asked
            try:
                return original(p)
            finally:
                elasticache._param_group_params[name] = every

        return describe

    def wrap_written(original: Function) -> Function:
        def written(c: Any) -> Any:
            by_itself = str(c.get("AutoMinorVersionUpgrade", True)).lower()
            return f"{original(c)}<AutoMinorVersionUpgrade>{by_itself}</AutoMinorVersionUpgrade>"

        return written

    replace(elasticache, "_describe_cache_parameters", "p", wrap_parameters)
    replace(elasticache, "_cluster_xml_inner", "c", wrap_written)
