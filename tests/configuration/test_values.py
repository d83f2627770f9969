"""Values that the models refuse: a change of a valid file, and the line of the error."""

from pathlib import Path

import pytest

from tests.configuration.files import PLATFORM, changed, refusals

ZONES = 'zones = ["us-east-1a", "us-east-1b"]'
CIDR = 'cidr  = "10.20.0.0/16"'
HTTP = "insecure_http = true"
MANY_BUNDLES = ", ".join(f'p{number} = {{ s3 = {{ bucket = "abc" }} }}' for number in range(30))
CERTIFICATE = 'certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"'


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("region ", "regoin ", '2: regoin = "us-east-1": unknown key; did you mean region?'),
        ("region ", "regoin ", 'region: is missing; add region = "us-east-1"'),
        ("owner ", "entri = {}\nowner ", "3: entri: unknown key; did you mean entry?"),
        (ZONES, ZONES + '\n    natt = "one"', '9: network.vpc.natt = "one": unknown key; did you mean nat?'),
        ('account_id = "111111111111"', "", 'account_id: is missing; add account_id = "111111111111"'),
        (CIDR, "", '6: network.vpc.cidr: is missing; add cidr = "10.20.0.0/16"'),
        (
            '"111111111111"',
            "111111111111",
            '1: account_id = 111111111111: input should be a valid string; write a value of that kind, such as "111111111111"',
        ),
        (
            '"111111111111"',
            '"1111"',
            '1: account_id = "1111": string should match pattern \'^\\d{12}$\'; write a value of that kind, such as "111111111111"',
        ),
        (
            HTTP,
            'insecure_http = "yes"',
            '14: entry.insecure_http = "yes": input should be a valid boolean; write a value of that kind',
        ),
        (
            "network = {",
            "components = { scheduler = { count = 0 } }\nnetwork = {",
            "5: components.scheduler.count = 0: input should be greater than or equal to 1; write a value of that kind",
        ),
        (
            "network = {",
            'components = { scheduler = { count = "2" } }\nnetwork = {',
            '5: components.scheduler.count = "2": input should be a valid integer; write a value of that kind',
        ),
        (
            "network = {",
            "image = []\nnetwork = {",
            "5: image = []: input should be an object; write a value of that kind",
        ),
        (
            "network = {",
            "logs = { component_days = 31 }\nnetwork = {",
            "5: logs.component_days = 31: input should be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; write a value of that kind",
        ),
    ],
)
def test_wrong_keys_and_types_are_refused_with_a_remedy(tmp_path: Path, old: str, new: str, refusal: str) -> None:
    said = refusals(tmp_path, changed(PLATFORM, old, new))
    assert any(line.removeprefix("platform.tfvars").strip(": ") == refusal for line in said), said


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (CIDR, 'cidr = "10.20.0.1/16"', 'network.vpc.cidr = "10.20.0.1/16": 10.20.0.1/16 has host bits set; write a value of that kind, such as "10.20.0.0/16"'),
        (CIDR, 'cidr = "127.0.0.0/16"', 'network.vpc.cidr = "127.0.0.0/16": not a range that AWS accepts; use a private one, such as "10.20.0.0/16"'),
        (CIDR, 'cidr = "10.20.0.0/28"', "network.vpc: cidr = 10.20.0.0/28 is a /28; a VPC here is a /16 to a /24"),
        (CIDR, 'cidr = "::/16"', 'network.vpc.cidr = "::/16": Expected 4 octets in \'::\'; write a value of that kind, such as "10.20.0.0/16"'),
        (ZONES, ZONES + '\n    public_subnets = ["10.20.0.0/24", "10.20.0.0/25"]', "network.vpc: subnets 10.20.0.0/24 and 10.20.0.0/25 overlap; choose ranges that do not"),
        (ZONES, ZONES + '\n    private_subnets = ["10.20.128.0/24", "10.21.0.0/24"]', "network.vpc: subnet 10.21.0.0/24 is not inside cidr = 10.20.0.0/16; choose a range within it"),
        (ZONES, ZONES + '\n    private_subnets = ["10.20.1.0/24"]', "network.vpc: private_subnets has 1 ranges for 2 zones; give one a zone"),
        (ZONES, 'zones = ["us-east-1a"]', 'network.vpc.zones = ["us-east-1a"]: tuple should have at least 2 items after validation, not 1; write a value of that kind, such as ["us-east-1a", "us-east-1b"]'),
        (ZONES, 'zones = ["us-east-1a", "us-east-1a"]', 'network.vpc.zones = ["us-east-1a", "us-east-1a"]: us-east-1a is listed twice; list each once'),
        (ZONES, 'zones = ["us-east-1a", "eu-west-1b"]', 'network.vpc.zones has eu-west-1b, which is not in region = "us-east-1"; change one'),
        (ZONES, ZONES + "\n  }\n  existing_vpc = {\n" + 'vpc_id = "vpc-0a"\ncidr = "10.0.0.0/16"\npublic_subnet_ids = ["subnet-0a", "subnet-0b"]\nprivate_subnet_ids = ["subnet-0c", "subnet-0d"]', "network: needs vpc = { cidr = …, zones = […] } or existing_vpc = { … }; give exactly one of them"),
        ('["198.51.100.0/24"]', '["0.0.0.0/0"]', "entry: allowed_cidrs has 0.0.0.0/0; name your networks, or set open_to_the_internet = true"),
        ('["198.51.100.0/24"]', '["198.51.100.1/24"]', 'entry.allowed_cidrs[0] = "198.51.100.1/24": 198.51.100.1/24 has host bits set; write a value of that kind, such as "198.51.100.0/24"'),
        ('["198.51.100.0/24"]', "[]", 'entry.allowed_cidrs = []: tuple should have at least 1 item after validation, not 0; write a value of that kind, such as ["198.51.100.0/24"]'),
        (HTTP, "", "entry: certificate_arn is missing; give one of ACM, or set insecure_http = true"),
        (HTTP, HTTP + "\n" + CERTIFICATE, "entry: certificate_arn and insecure_http = true exclude each other; delete one"),
        (HTTP, CERTIFICATE, 'entry: domain is missing; give the name that the certificate is for, such as "airflow.example.org"'),
        ("network = {", 'airflow = { executor = "kubernetes" }\nnetwork = {', "airflow.executor = \"kubernetes\": input should be 'ecs', 'celery', 'local' or 'celery,ecs'; write a value of that kind"),
        ("network = {", "airflow = { task = { cpu = 256, memory = 4096 } }\nnetwork = {", "airflow.task: Fargate has no 256 CPU units with 4096 MiB; memory must be 512 to 2048 in steps of 512 (not 1536)"),
        ("network = {", "airflow = { task = { cpu = 300 } }\nnetwork = {", "airflow.task.cpu = 300: input should be 256, 512, 1024, 2048, 4096, 8192 or 16384; write a value of that kind"),
        ("network = {", "components = { api_server = { min_count = 5 } }\nnetwork = {", "components.api_server: max_count = 4 is below min_count = 5; raise max_count"),
        ("network = {", 'airflow = { settings = { core = { executor = "x" } } }\nnetwork = {', "airflow: settings.core.executor is set by the platform itself; delete it"),
        ("network = {", 'airflow = { settings = { aws_ecs_executor = { cluster = "x" } } }\nnetwork = {', "airflow: settings.aws_ecs_executor.cluster is set by the platform itself; delete it"),
        ("network = {", 'airflow = { settings = { celery = { worker_concurrency = 32 } } }\nnetwork = {', "airflow: settings.celery.worker_concurrency is celery.workers.concurrency; set that, and delete it"),
        ("network = {", 'airflow = { settings = { celery = { broker_url_cmd = "x" } } }\nnetwork = {', "airflow: settings.celery.broker_url_cmd is set by the platform itself; delete it"),
        ("network = {", 'airflow = { settings = { celery = { result_backend = "x" } } }\nnetwork = {', "airflow: settings.celery.result_backend is set by the platform itself; delete it"),
        ("network = {", 'airflow = { settings = { celery = { celery_config_options = "x" } } }\nnetwork = {', "airflow: settings.celery.celery_config_options is set by the platform itself; delete it"),
        ("network = {", 'airflow = { settings = { fab = { config_file = "x" } } }\nnetwork = {', "airflow: settings.fab.config_file is set by the platform itself; delete it"),
        ("network = {", 'tags = { "aws:x" = "y" }\nnetwork = {', "tags: tag 'aws:x': AWS reserves the prefix \"aws:\"; choose another key"),
        ("network = {", "bundles = { sales = {} }\nnetwork = {", "bundles.sales: needs git = { url = … } or s3 = { bucket = … }; give exactly one of them"),
        ("network = {", 'bundles = { sales = { git = { url = "https://x.org/a" }, s3 = { bucket = "abc" } } }\nnetwork = {', "bundles.sales: needs git = { url = … } or s3 = { bucket = … }; give exactly one of them"),
        ("network = {", 'bundles = { sales = { git = { url = "https://x.org/a", dag = "x" } } }\nnetwork = {', 'bundles.sales.git.dag = "x": unknown key; did you mean dags?'),
        ("network = {", 'bundles = { sales = { git = { url = "git@x.org:a" } } }\nnetwork = {', 'bundles.sales.git.url = "git@x.org:a": string should match pattern \'^(https|file)://[^\\s]+$\'; write a value of that kind, such as "https://github.com/example/sales.git"'),
        ("network = {", 'bundles = { sales = { git = { url = "https://me@x.org/a" } } }\nnetwork = {', 'bundles.sales.git.url = "https://me@x.org/a": has a user in it; keys of private repositories belong in Secrets Manager, delete it here'),
        ("network = {", 'bundles = { sales = { s3 = { bucket = "abc", prefix = "dags" } } }\nnetwork = {', 'bundles.sales.s3.prefix = "dags": string should match pattern \'^([\\w.=-]*\\w/)*$\'; write a value of that kind, such as "dags/"'),
        ("network = {", 'bundles = { sales = { s3 = { bucket = "abc", refresh_seconds = 1 } } }\nnetwork = {', "bundles.sales.s3.refresh_seconds = 1: input should be greater than or equal to 10; write a value of that kind"),
        ("network = {", 'bundles = { my_sales = { s3 = { bucket = "abc" } } }\nnetwork = {', "bundles.my_sales: 'my_sales' is not a valid name for a project: lower-case letters, digits and single hyphens, beginning with a letter; rename it"),
        ("network = {", 'bundles = { projects = { s3 = { bucket = "abc" } } }\nnetwork = {', "bundles.projects: 'projects' is reserved and cannot name a project; rename it"),
        ("network = {", f"bundles = {{ {MANY_BUNDLES} }}\nnetwork = {{", "bundles: 30 bundles take 5992 characters of the platform's contract, which has room for 5500; leave some to ImportDAGs"),
        ("network = {", "database = { storage_gb = 200 }\nnetwork = {", "database: max_storage_gb = 100 is below storage_gb = 200; raise max_storage_gb"),
    ],
)  # fmt: skip
def test_invalid_values_are_refused_with_a_remedy(tmp_path: Path, old: str, new: str, refusal: str) -> None:
    (line,) = refusals(tmp_path, changed(PLATFORM, old, new))
    where, _, message = line.partition(" ")
    assert message == refusal or line == f"platform.tfvars: {refusal}"
    assert where.startswith("platform.tfvars:")
