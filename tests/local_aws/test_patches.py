"""One fact per patch, which holds with the patch and fails without it.

If a fact holds without its patch, ministack behaves like AWS now: remove the patch. Facts about containers are in tests/e2e.
"""

import http.client
import json
import socket
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from local_aws.patches import CONTROL_PLANE
from tests.facts import Facts, unique
from tests.local_aws.clients import Connect

FACTS: Facts[Connect] = Facts()
shows = FACTS.shows


@shows("list_object_versions")
def a_plus_in_a_key_survives_a_listing_of_versions(connect: Connect) -> None:
    bucket, key = unique("logs"), "logs/run_id=manual__2026-01-01T00:00:00+00:00/ä b.log"
    connect("s3").create_bucket(Bucket=bucket)
    connect("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    connect("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    connect("s3").delete_object(Bucket=bucket, Key=key)
    plain = connect("s3").list_object_versions(Bucket=bucket)  # boto3 decodes the keys
    assert plain["Versions"][0]["Key"] == key
    # With an explicit encoding type boto3 does not decode, so this is what Terraform receives.
    listing = connect("s3").list_object_versions(Bucket=bucket, EncodingType="url", Prefix=key[:-8])
    assert [entry["Key"] for entry in listing["Versions"] + listing["DeleteMarkers"]] == [quote(key)] * 2
    assert (listing["EncodingType"], listing["Prefix"]) == ("url", quote(key[:-8]))


@shows("whole_responses")
def a_response_arrives_in_one_piece(connect: Connect) -> None:
    host, port = connect("sts").meta.endpoint_url.removeprefix("http://").split(":")
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    request = b"POST / HTTP/1.1\r\nHost: sts\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with socket.create_connection((host, int(port)), timeout=10) as client:
        for _ in range(50):  # without the patch this is a race, which the client usually wins
            client.sendall(request)
            head, _, rest = client.recv(65536).partition(b"\r\n\r\n")
            length = next(int(line.split()[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
            assert len(rest) == length


@shows("balancer_addresses")
def a_load_balancer_answers_at_its_name(connect: Connect) -> None:
    client = connect("elbv2")
    balancer = client.create_load_balancer(Name=unique("Lb"), Subnets=["subnet-1"])["LoadBalancers"][0]
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418"}}
    client.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[fixed]
    )  # fmt: skip
    name, _, port = balancer["DNSName"].partition(":")
    assert name.endswith(".localhost")  # browsers resolve this name, other programs may not
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request("GET", "/", headers={"Host": balancer["DNSName"]})
    assert connection.getresponse().status == 418


@shows("cache_settings")
def a_cache_keeps_its_settings(connect: Connect) -> None:
    client, name = connect("elasticache"), unique("cache")
    client.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily="valkey8", Description="x"
    )
    set_by_us = {"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}
    client.modify_cache_parameter_group(CacheParameterGroupName=name, ParameterNameValues=[set_by_us])
    listed = client.describe_cache_parameters(CacheParameterGroupName=name, Source="user")["Parameters"]
    assert [each["ParameterName"] for each in listed] == ["maxmemory-policy"]
    assert len(client.describe_cache_parameters(CacheParameterGroupName=name)["Parameters"]) > 1
    client.create_replication_group(
        ReplicationGroupId=name, ReplicationGroupDescription="x", Engine="valkey", CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1, AutoMinorVersionUpgrade=True,
    )  # fmt: skip
    (group,) = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    (cluster,) = client.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"]
    assert cluster["AutoMinorVersionUpgrade"] is True


@shows("managed_draining")
def a_capacity_provider_keeps_its_draining(connect: Connect) -> None:
    client, name = connect("ecs"), unique("provider")
    group = {"autoScalingGroupArn": "arn:aws:autoscaling:x", "managedDraining": "DISABLED"}
    client.create_capacity_provider(name=name, autoScalingGroupProvider=group)
    (provider,) = client.describe_capacity_providers(capacityProviders=[name])["capacityProviders"]
    assert provider["autoScalingGroupProvider"]["managedDraining"] == "DISABLED"


@shows("cache_users")
def a_user_of_a_cache_is_described_as_created(connect: Connect) -> None:
    client, name, access = connect("elasticache"), unique("user"), "on ~* &* +@all -@admin"
    user = {"UserId": name, "UserName": name, "Engine": "valkey", "AccessString": access}
    created = client.create_user(**user, AuthenticationMode={"Type": "iam"})
    assert created["Authentication"] == {"Type": "iam", "PasswordCount": 0}
    assert created["AccessString"] == access
    client.modify_user(UserId=name, AuthenticationMode={"Type": "password", "Passwords": ["a" * 16, "b" * 16]})
    described = client.describe_users(UserId=name)["Users"][0]
    assert described["Authentication"] == {"Type": "password", "PasswordCount": 2}


@shows("application_autoscaling")
def a_scalable_target_is_stored_with_policy_action_and_tags(connect: Connect) -> None:
    client = connect("application-autoscaling")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/c/{unique('s')}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    arn = client.register_scalable_target(**where, MinCapacity=1, MaxCapacity=4, Tags={"a": "b"})["ScalableTargetARN"]
    client.register_scalable_target(**where, MaxCapacity=5)
    target = client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[where["ResourceId"]])
    assert [(t["MinCapacity"], t["MaxCapacity"]) for t in target["ScalableTargets"]] == [(1, 5)]
    client.tag_resource(ResourceARN=arn, Tags={"c": "d"})
    client.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"c": "d"}

    tracking = {"TargetValue": 60.0}
    client.put_scaling_policy(
        **where, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
    )
    client.put_scheduled_action(**where, ScheduledActionName="night", Schedule="cron(0 20 * * ? *)")
    policies = client.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=where["ResourceId"])
    assert policies["ScalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"] == tracking
    assert client.describe_scheduled_actions(**where)["ScheduledActions"][0]["ScheduledActionName"] == "night"

    client.delete_scheduled_action(**where, ScheduledActionName="night")
    client.deregister_scalable_target(**where)
    assert client.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["cpu"])["ScalingPolicies"] == []
    with pytest.raises(client.exceptions.ObjectNotFoundException):
        client.deregister_scalable_target(**where)


@shows("managed_master_password")
def the_managed_password_of_an_instance_is_a_secret_that_is_deleted_with_it(connect: Connect) -> None:
    name, rds, secrets = unique("db"), connect("rds"), connect("secretsmanager")
    rds.create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="airflow", ManageMasterUserPassword=True,
    )  # fmt: skip
    secret = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["MasterUserSecret"]
    value = json.loads(secrets.get_secret_value(SecretId=secret["SecretArn"])["SecretString"])
    assert value["username"] == "airflow"
    assert len(value["password"]) >= 20
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=secret["SecretArn"])


@shows("availability_zone_rebalancing")
def a_service_keeps_its_availability_zone_rebalancing(connect: Connect) -> None:
    cluster, ecs = unique("cluster"), connect("ecs")
    ecs.create_cluster(clusterName=cluster)
    container = {"name": "a", "image": "a"}
    definition = ecs.register_task_definition(family=cluster, containerDefinitions=[container])["taskDefinition"]
    service = {"cluster": cluster, "desiredCount": 0, "taskDefinition": definition["taskDefinitionArn"]}
    ecs.create_service(**service, serviceName="on", availabilityZoneRebalancing="ENABLED")
    ecs.create_service(**service, serviceName="off")
    ecs.update_service(cluster=cluster, service="off", desiredCount=0)

    def described() -> list[str]:
        services = ecs.describe_services(cluster=cluster, services=["on", "off"])["services"]
        return [each["availabilityZoneRebalancing"] for each in services]

    assert described() == ["ENABLED", "DISABLED"]
    for name in ("off", f"arn:aws:ecs:us-east-1:000000000000:service/{cluster}/off"):
        ecs.update_service(cluster=cluster, service=name, availabilityZoneRebalancing="ENABLED")
    assert described() == ["ENABLED", "ENABLED"]


@shows("service_connect_defaults")
def a_new_cluster_keeps_its_service_connect_defaults(connect: Connect) -> None:
    cluster = unique("cluster")
    connect("ecs").create_cluster(clusterName=cluster, serviceConnectDefaults={"namespace": "arn:n"})
    described = connect("ecs").describe_clusters(clusters=[cluster])["clusters"][0]
    assert described["serviceConnectDefaults"] == {"namespace": "arn:n"}


@shows("service_discovery_namespace")
def a_discovery_service_has_the_namespace_of_its_dns_config(connect: Connect) -> None:
    discovery = connect("servicediscovery")
    operation = discovery.create_private_dns_namespace(Name=unique("n"), Vpc="vpc-1")["OperationId"]
    namespace = discovery.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    dns = {"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": 10}]}
    assert discovery.create_service(Name="api", DnsConfig=dns)["Service"]["NamespaceId"] == namespace


@shows("prefix_list_rules")
def a_security_group_rule_keeps_its_prefix_list(connect: Connect) -> None:
    ec2 = connect("ec2")
    group = ec2.create_security_group(GroupName=unique("g"), Description="d")["GroupId"]
    peer = {"PrefixListId": "pl-12345678", "Description": "s3"}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [peer]}
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "s3"}]}]
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission], TagSpecifications=tags)
    rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    rule = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"][0]
    assert (rule["PrefixListId"], rule["Description"]) == ("pl-12345678", "s3")


@shows("flow_logs")
def a_flow_log_keeps_its_settings_and_tags(connect: Connect) -> None:
    ec2 = connect("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    options = {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": True}
    made = ec2.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination="arn:s3",
        MaxAggregationInterval=60, DeliverLogsPermissionArn="arn:role", DestinationOptions=options,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "Name", "Value": "flow"}]}],
    )["FlowLogIds"]  # fmt: skip
    log = ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"][0]
    assert (log["MaxAggregationInterval"], log["DeliverLogsPermissionArn"]) == (60, "arn:role")
    assert log["DestinationOptions"] == options
    assert log["Tags"] == [{"Key": "Name", "Value": "flow"}]
    assert log["LogFormat"].startswith("${version} ${account-id}")


@shows("database_settings")
def a_database_keeps_its_exports_insights_key_window_and_pause(connect: Connect) -> None:
    name, rds = unique("db"), connect("rds")
    common = {
        "MasterUsername": "airflow",
        "MasterUserPassword": "password1",
        "EnableCloudwatchLogsExports": ["upgrade"],
    }
    rds.create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20, **common,
        EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId="arn:key", PreferredBackupWindow="01:00-02:00",
    )  # fmt: skip
    rds.modify_db_instance(
        DBInstanceIdentifier=name,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"], "DisableLogTypes": ["upgrade"]},
    )
    instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert instance["PerformanceInsightsKMSKeyId"] == "arn:key"
    assert instance["PreferredBackupWindow"] == "01:00-02:00"
    scaling = {"MinCapacity": 0.0, "MaxCapacity": 4.0, "SecondsUntilAutoPause": 600}
    rds.create_db_cluster(
        DBClusterIdentifier=name, Engine="aurora-postgresql", ServerlessV2ScalingConfiguration=scaling, **common
    )
    cluster = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    assert cluster["EnabledCloudwatchLogsExports"] == ["upgrade"]
    assert cluster["ServerlessV2ScalingConfiguration"] == scaling


@shows("alarm_settings")
def an_alarm_keeps_its_settings_in_the_protocol_of_terraform(connect: Connect) -> None:
    name = unique("a&b")
    connect("cloudwatch").put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Threshold=1, EvaluationPeriods=1, Period=60, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", AlarmActions=["arn:topic"],
        Dimensions=[{"Name": "LoadBalancer", "Value": "app/a/1"}],
    )  # fmt: skip
    # boto3 uses JSON here, so this request in the Query protocol is built by hand.
    scope = "000000000000/20260101/us-east-1/monitoring/aws4_request"
    query = Request(  # noqa: S310 - loopback
        connect("cloudwatch").meta.endpoint_url,
        urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": name}).encode(),
        {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"},
    )
    answer = urlopen(query, timeout=10).read().decode()  # noqa: S310
    for element in (
        "<Period>60</Period>",
        "<Statistic>Sum</Statistic>",
        "<TreatMissingData>notBreaching</TreatMissingData>",
        "<ActionsEnabled>true</ActionsEnabled>",
        "<AlarmActions><member>arn:topic</member></AlarmActions>",
        "<Dimensions><member><Name>LoadBalancer</Name><Value>app/a/1</Value></member></Dimensions>",
    ):
        assert element in answer


@shows("cluster_endpoints")
def an_aurora_cluster_keeps_its_endpoint(connect: Connect) -> None:
    rds, name = connect("rds"), unique("aurora")
    created = rds.create_db_cluster(
        DBClusterIdentifier=name, Engine="aurora-postgresql", MasterUsername="airflow", MasterUserPassword="0123456789"
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
    )
    described = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    for endpoint in ("Endpoint", "ReaderEndpoint"):
        assert described[endpoint] == created["DBCluster"][endpoint]


def test_every_patch_has_a_fact() -> None:
    assert FACTS.of.keys() == set(CONTROL_PLANE)


@pytest.mark.parametrize("patch", FACTS.of)
def test_with_its_patch_the_fact_holds(patch: str, patched: Connect) -> None:
    FACTS.of[patch](patched)


@pytest.mark.parametrize("patch", FACTS.of)
def test_without_its_patch_the_fact_fails(patch: str, unpatched: Connect) -> None:
    with pytest.raises((AssertionError, ClientError, KeyError, ResponseParserError)):
        FACTS.of[patch](unpatched)
