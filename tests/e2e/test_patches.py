"""One fact per patch for containers, which holds with all patches and fails without that patch."""

import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import containers, network
from local_aws.patches import CONTAINERS, PATCHES
from tests.e2e.account import Account, account, eventually
from tests.facts import Facts, unique

pytestmark = pytest.mark.slow

FACTS: Facts[Account] = Facts()
shows = FACTS.shows


@shows("gateway_listener")
def a_container_reaches_aws(aws: Account) -> None:
    task = aws.run(aws.container("wget -qO- $AWS_ENDPOINT_URL/_ministack/ready && echo && echo reached"))
    aws.says(task, "reached")


@shows("container_network")
def a_container_has_variables_with_the_urls_of_aws_and_of_its_credentials(aws: Account) -> None:
    task = aws.run(
        aws.container("wget -qO- $AWS_CONTAINER_CREDENTIALS_FULL_URI && echo && echo $AWS_ENDPOINT_URL; sleep 60")
    )
    aws.says(task, f"http://{network.GATEWAY}:{aws.local_aws.port}")
    assert "AccessKeyId" in aws.printed(task)[0]
    assert list(aws.containers(task)["main"].attrs["NetworkSettings"]["Networks"]) == [network.NAME]


@shows("published_ports")
def no_port_of_a_container_is_open_to_other_machines(aws: Account) -> None:
    task = aws.run(
        aws.container("sleep 60", portMappings=[{"containerPort": 8080, "hostPort": 18765}]),
        networkMode="bridge", requiresCompatibilities=["EC2"],
    )  # fmt: skip
    aws.status(task, "RUNNING")
    assert not aws.containers(task)["main"].attrs["HostConfig"]["PortBindings"]


@shows("container_settings")
def a_container_runs_as_its_definition_says(aws: Account) -> None:
    task = aws.run(
        aws.container(
            "", entryPoint=["sh", "-c"],
            command=["id -u; id -g; pwd; cat /proc/1/comm; touch /x 2>/dev/null || echo no; sleep 60"],
            user="50000:0", workingDirectory="/tmp", readonlyRootFilesystem=True,  # noqa: S108
            linuxParameters={"initProcessEnabled": True},
        ),
        memory="1024",
    )  # fmt: skip
    aws.says(task, "no")
    assert aws.printed(task) == ["50000", "0", "/tmp", "docker-init", "no"]  # noqa: S108
    assert aws.containers(task)["main"].attrs["HostConfig"]["Memory"] == 1024 * 1024**2


@shows("database_restarts")
def a_database_keeps_its_name_and_its_data(aws: Account) -> None:
    aws.provide("postgres:16-alpine")
    rds, name = aws.connect("rds"), unique("db")
    rds.create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", EngineVersion="16", DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20, MasterUsername="airflow", MasterUserPassword="password1",
    )  # fmt: skip

    def endpoint() -> Any:
        instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return instance["Endpoint"]["Address"] if instance["DBInstanceStatus"] == "available" else None

    address = eventually(endpoint)
    container = aws.engine.containers.list(filters={"label": f"db_id={name}"})[0]
    query = ["psql", "--username=airflow", "--dbname=mydb", "--command"]
    assert container.exec_run([*query, "create table kept ()"]).exit_code == 0
    container.stop()
    old_address = {"IPAMConfig": {"IPv4Address": container_address(container)}}
    aws.engine.containers.run(
        aws.image, ["sleep", "60"], detach=True, labels={containers.RUN_LABEL: aws.local_aws.run_id},
        network=network.NAME, networking_config={network.NAME: old_address},
    )  # fmt: skip
    container.start()
    eventually(lambda: container.exec_run([*query, "select 1"]).exit_code == 0)
    assert container.exec_run([*query, "select * from kept"]).exit_code == 0
    # PostgreSQL closes the connection after an HTTP request.
    aws.says(aws.run(aws.container(f"echo GET / HTTP/1.0 | nc -w 10 {address} 5432 && echo reached")), "reached")
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    eventually(lambda: not aws.engine.volumes.list(filters={"name": name}))


def container_address(container: Any) -> str:
    return str(container.attrs["NetworkSettings"]["Networks"][network.NAME]["IPAddress"])


@shows("depends_on")
def a_container_waits_for_what_it_depends_on_and_fails_with_it(aws: Account) -> None:
    for code in (0, 1):
        first = aws.container(f"echo last words; sleep 2; exit {code}", "first", essential=False)
        main = aws.container("echo started; sleep 60", dependsOn=[{"containerName": "first", "condition": "SUCCESS"}])
        task = aws.run(main, first)
        if code:
            stopped = aws.status(task, "STOPPED")
            assert "ended with 1" in stopped["stoppedReason"]
            assert [one.get("exitCode") for one in stopped["containers"] if one["name"] == "first"] == [1]
            aws.says(task, "last words", "first")
            assert aws.printed(task, "first") == ["last words"]
            assert aws.printed(task) == []
        else:
            aws.says(task, "started")
            states = {name: one.attrs["State"] for name, one in aws.containers(task).items()}
            assert states["main"]["StartedAt"] > states["first"]["FinishedAt"] > "0001-01-01T00:00:00Z"


@shows("container_health")
def a_deployment_waits_for_health_and_an_unhealthy_task_is_replaced(aws: Account) -> None:
    check = {"command": ["CMD-SHELL", "test -e /tmp/well"], "interval": 5, "retries": 2, "startPeriod": 300}

    def well(task: str, verb: str) -> None:
        aws.status(task, "RUNNING")
        assert aws.containers(task)["main"].exec_run([verb, "/tmp/well"]).exit_code == 0  # noqa: S108

    name = aws.serve(aws.container("sleep 600", healthCheck=check))
    (first,) = aws.tasks_of(name)
    well(first, "touch")
    assert "Health" in aws.containers(first)["main"].attrs["State"]
    eventually(lambda: aws.task(first)["healthStatus"] == "HEALTHY")
    aws.connect("ecs").update_service(service=name, forceNewDeployment=True)
    (second,) = eventually(lambda: set(aws.tasks_of(name)) - {first})
    aws.status(second, "RUNNING")
    time.sleep(2)  # ministack waits 1 s
    assert aws.service(name)["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert aws.task(first)["lastStatus"] == "RUNNING"
    well(second, "touch")
    aws.status(first, "STOPPED")
    assert aws.task(second)["healthStatus"] == "HEALTHY"
    well(second, "rm")
    assert aws.status(second, "STOPPED")["stoppedReason"] == "Task failed container health checks"
    eventually(lambda: set(aws.tasks_of(name)) - {second})


@shows("ended_tasks")
def a_stopping_task_has_its_timeout_and_leaves_no_container(aws: Account) -> None:
    script = "trap 'sleep 7; echo goodbye; exit' TERM; echo ready; while :; do sleep 0.1; done"
    task = aws.run(aws.container(script, stopTimeout=30))
    ended = aws.run(aws.container("echo bye"))
    aws.says(task, "ready")
    aws.connect("ecs").stop_task(task=task)
    aws.says(task, "goodbye")
    aws.says(ended, "bye")
    eventually(lambda: not aws.containers(task) and not aws.containers(ended))


@shows("file_systems")
def tasks_share_a_file_system_that_its_access_point_owns(aws: Account) -> None:
    efs = aws.connect("efs")
    system = efs.create_file_system(CreationToken=unique("token"))["FileSystemId"]
    owner = {"OwnerUid": 50000, "OwnerGid": 0, "Permissions": "0755"}
    point = efs.create_access_point(
        FileSystemId=system, ClientToken=unique("token"), RootDirectory={"Path": "/a b", "CreationInfo": owner}
    )["AccessPointId"]
    where = {"fileSystemId": system, "authorizationConfig": {"accessPointId": point}, "transitEncryption": "ENABLED"}
    volumes = [{"name": "shared", "efsVolumeConfiguration": where}, {"name": "own"}]

    def mounted(script: str, read_only: bool) -> str:
        points = [
            {"sourceVolume": "shared", "containerPath": "/shared", "readOnly": read_only},
            {"sourceVolume": "own", "containerPath": "/own"},
        ]
        return aws.run(aws.container(script, user="50000:0", mountPoints=points), volumes=volumes)

    aws.says(mounted("echo hello > /shared/file && echo written", False), "written")
    reader = mounted(
        "cat /shared/file; touch /shared/x 2>/dev/null || echo refused; grep -q ' /own ' /proc/mounts && echo own", True
    )
    aws.says(reader, "own")
    assert aws.printed(reader) == ["hello", "refused", "own"]
    efs.delete_file_system(FileSystemId=system)
    eventually(lambda: not [one for one in aws.engine.volumes.list() if system in one.name])


@shows("own_registry")
def an_image_that_was_pushed_to_ecr_runs_by_its_digest(aws: Account) -> None:
    repository = aws.connect("ecr").create_repository(repositoryName=unique("airflow"))["repository"]
    here = f"127.0.0.1:{aws.local_aws.port}/{repository['repositoryName']}"
    aws.engine.images.get(aws.image).tag(here, "1")
    progress = list(aws.engine.images.push(here, tag="1", stream=True, decode=True))
    aws.engine.images.remove(f"{here}:1")
    assert "error" not in {key for line in progress for key in line}
    images = aws.connect("ecr").describe_images(repositoryName=repository["repositoryName"])["imageDetails"]
    container = aws.container("echo ran", image=f"{repository['repositoryUri']}@{images[0]['imageDigest']}")
    aws.says(aws.run(container), "ran")


@shows("restart_policy")
def a_container_that_ran_long_enough_is_restarted_in_its_task(aws: Account) -> None:
    policy = {"enabled": True, "restartAttemptPeriod": 5}  # AWS requires at least 60
    main = aws.container("sleep 600")
    long = aws.container("echo ran; sleep 6", "long", restartPolicy=policy)
    short = aws.container("echo ran; exit 1", "short", essential=False, restartPolicy=policy)
    task = aws.run(main, long, short)
    eventually(lambda: aws.printed(task, "long") == ["ran", "ran"], 30)
    assert aws.printed(task, "short") == ["ran"]
    assert aws.task(task)["lastStatus"] == "RUNNING"


@shows("rolled_back_deployments")
def a_failed_deployment_is_listed_until_its_last_task_has_stopped(aws: Account) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    name = aws.serve(aws.container("sleep 600"), deploymentConfiguration=breaker)
    eventually(lambda: aws.service(name)["deployments"][0]["rolloutState"] == "COMPLETED")
    before = aws.service(name)["taskDefinition"]
    aws.connect("ecs").update_service(service=name, taskDefinition=aws.define(aws.container("exit 1")))
    eventually(lambda: "rolled back" in str(aws.service(name)["events"]))
    eventually(lambda: len(aws.service(name)["deployments"]) == 1, 20)
    assert aws.service(name)["taskDefinition"] == before


@shows("secure_strings")
def a_secure_string_arrives_decrypted(aws: Account) -> None:
    name = f"/{unique('secret')}"
    aws.connect("ssm").put_parameter(Name=name, Value="open sesame", Type="SecureString")
    task = aws.run(aws.container('echo "$WORD"', secrets=[{"name": "WORD", "valueFrom": name}]))
    aws.says(task, "open sesame")


@shows("service_names")
def a_service_is_found_by_its_private_name(aws: Account) -> None:
    discovery, domain = aws.connect("servicediscovery"), f"{unique('cluster')}.internal"
    discovery.create_private_dns_namespace(Name=domain, Vpc=aws.subnet[0])
    namespace = next(one for one in discovery.list_namespaces()["Namespaces"] if one["Name"] == domain)
    records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    registry = discovery.create_service(Name="web", NamespaceId=namespace["Id"], DnsConfig=records)["Service"]["Arn"]
    web = aws.serve(
        aws.container("echo hello > /tmp/index.html; httpd -p 8080 -h /tmp; echo started; sleep 600"),
        serviceRegistries=[{"registryArn": registry}],
    )
    aws.says(aws.tasks_of(web)[0], "started")
    aws.says(aws.run(aws.container(f"wget -qO- http://web.{domain}:8080")), "hello")


@shows("target_health")
def a_target_gets_requests_once_it_is_healthy(aws: Account) -> None:
    balancing, (vpc, subnet) = aws.connect("elbv2"), aws.subnet
    group = balancing.create_target_group(
        Name=unique("tg"), Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip", HealthCheckPath="/ready"
    )["TargetGroups"][0]["TargetGroupArn"]
    balancer = balancing.create_load_balancer(Name=unique("lb"), Subnets=[subnet])["LoadBalancers"][0]
    balancing.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )  # fmt: skip

    def serve() -> str:
        service = aws.serve(
            aws.container("httpd -p 8080 -h /tmp; echo started; sleep 600"),
            loadBalancers=[{"targetGroupArn": group, "containerName": "main", "containerPort": 8080}],
        )
        (task,) = aws.tasks_of(service)
        aws.says(task, "started")
        return task

    def become_ready(task: str) -> None:
        aws.containers(task)["main"].exec_run(["touch", "/tmp/ready"])  # noqa: S108

    become_ready(serve())
    eventually(lambda: health(aws, group) == ["healthy"])
    second = serve()
    eventually(lambda: len(health(aws, group)) == 2)
    assert sorted(health(aws, group)) == ["healthy", "initial"]
    assert {status(aws, f"{balancer['LoadBalancerName']}.alb.localhost") for _ in range(20)} == {200}
    become_ready(second)
    eventually(lambda: health(aws, group) == ["healthy", "healthy"])


def health(aws: Account, group: str) -> list[str]:
    described = aws.connect("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def status(aws: Account, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", aws.local_aws.port, timeout=10)
    connection.request("GET", "/ready", headers={"Host": host})
    return connection.getresponse().status


@shows("task_address")
def the_address_of_a_task_is_its_essential_container_s(aws: Account) -> None:
    task = aws.run(aws.container("sleep 60", "first", essential=False), aws.container("sleep 60"))
    (adapter,) = aws.status(task, "RUNNING")["attachments"]
    address = {each["name"]: each["value"] for each in adapter["details"]}["privateIPv4Address"]
    networks = aws.containers(task)["main"].attrs["NetworkSettings"]["Networks"].values()
    assert [each["IPAddress"] for each in networks] == [address]


@shows("task_protection")
def until_its_protection_ends_a_task_is_stopped_only_by_stop_task(aws: Account) -> None:
    ecs, name = aws.connect("ecs"), aws.serve(aws.container("sleep 600"))

    def protect(task: str, minutes: int) -> Any:
        return ecs.update_task_protection(
            cluster="default", tasks=[task], protectionEnabled=bool(minutes), expiresInMinutes=minutes or 1
        )

    def scale(count: int) -> None:
        ecs.update_service(service=name, desiredCount=count)

    (first,) = aws.tasks_of(name)
    aws.status(first, "RUNNING")
    scale(2)
    (second,) = eventually(lambda: set(aws.tasks_of(name)) - {first})
    aws.status(second, "RUNNING")
    described = protect(second, 10)["protectedTasks"]
    assert [(each["taskArn"], each["protectionEnabled"]) for each in described] == [(second, True)]
    assert ecs.get_task_protection(cluster="default", tasks=[second])["protectedTasks"] == described
    assert protect(aws.run(aws.container("sleep 600")), 1)["failures"][0]["reason"] == "TASK_NOT_VALID"
    scale(1)
    assert aws.tasks_of(name) == [second]
    ecs.update_service(service=name, forceNewDeployment=True)
    (third,) = set(aws.tasks_of(name)) - {second}
    eventually(lambda: aws.service(name)["deployments"][0]["rolloutState"] == "COMPLETED")
    assert aws.task(second)["lastStatus"] == "RUNNING"
    protect(second, 0)
    aws.status(second, "STOPPED")
    protect(third, 1)
    scale(0)
    assert aws.tasks_of(name) == [third]
    aws.status(third, "STOPPED", 90)
    scale(1)
    (fourth,) = aws.tasks_of(name)
    aws.status(fourth, "RUNNING")
    protect(fourth, 1)
    ecs.stop_task(task=fourth)
    aws.status(fourth, "STOPPED")


def test_every_patch_for_containers_has_a_fact() -> None:
    assert FACTS.of.keys() == set(CONTAINERS)


@pytest.mark.parametrize("patch", FACTS.of)
def test_with_its_patch_the_fact_holds(patch: str, tmp_path: Path, engine: Any, image: Callable[[str], str]) -> None:
    with account(tmp_path, engine, image, PATCHES) as aws:
        FACTS.of[patch](aws)


@pytest.mark.parametrize("patch", FACTS.of)
def test_without_its_patch_the_fact_fails(patch: str, tmp_path: Path, engine: Any, image: Callable[[str], str]) -> None:
    others = tuple(name for name in PATCHES if name != patch)
    wrong = pytest.raises((AssertionError, ClientError, KeyError))
    with account(tmp_path, engine, image, others) as aws, wrong:
        FACTS.of[patch](aws)
