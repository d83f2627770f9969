# One Airflow cluster. The folder's name is the environment's: environments/<env>/platform.tfvars.
#
# Uncommented fields are required. Commented fields show their default, which is safe for production, or an example.
# Only values are allowed: no ${...}, no functions. Secrets are not allowed: this file is committed.

# The account to deploy to. A deploy with credentials of another account is refused.
account_id = "111111111111"
region     = "us-east-1"
# The responsible person or team: the tag Owner of every resource.
owner = "platform-team@example.org"
# Additional tags for every resource.
# tags = { CostCenter = "4711" }
# The profile of ~/.aws/config to deploy with. Default: AWS_PROFILE.
# aws_profile = "dev-admin"
# Expiry date of a temporary environment, a tag on every resource: docs/how-to/branch.md.
# expires = "2027-01-31"
# True: deploy to the AWS emulator on this machine.
# local_aws = false
# False: `destroy` deletes data too: database, buckets, secrets, images. For temporary environments only.
# protected = true

network = {
  # A new VPC for the platform, or `existing_vpc` below; not both.
  vpc = {
    # /16 to /24. Must not overlap another environment in the same account and region.
    cidr = "10.20.0.0/16"
    # Two or three availability zones of the region.
    zones = ["us-east-1a", "us-east-1b"]
    # One range per zone. Default: sixteenths of cidr.
    # public_subnets = ["10.20.0.0/20", "10.20.16.0/20"]
    # private_subnets = ["10.20.128.0/20", "10.20.144.0/20"]
    # "per_zone" survives the loss of a zone. "one" costs a half or a third of that. "none" costs nothing: tasks get public
    # addresses; no security group admits connections to them.
    # nat = "per_zone"
  }
  # An existing VPC that others manage. Its private subnets must reach AWS: through NAT or VPC endpoints.
  # existing_vpc = {
  #   vpc_id = "vpc-0a1b2c3d4e5f60718"
  #   cidr = "10.40.0.0/16"
  #   public_subnet_ids = ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
  #   private_subnet_ids = ["subnet-2a3b4c5d", "subnet-3a4b5c6d"]
  # }
}

# Access to Airflow's pages.
entry = {
  # The networks of your users.
  allowed_cidrs = ["198.51.100.0/24"]
  # Must be true if 0.0.0.0/0 is listed above.
  # open_to_the_internet = false
  # An ACM certificate in this region, and its domain name. Point that name at the load balancer.
  certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"
  domain          = "airflow.example.org"
  # Must be true if there is no certificate: passwords then cross the network unencrypted.
  # insecure_http = false
  # True: reachable only from inside the VPC, for example over a VPN.
  # internal = false
}

# Sign-in with an identity provider. Without it users have passwords in Airflow's database: docs/how-to/sign-in.md.
# sign_in = {
#   # Or "google", which has a fixed issuer and no groups.
#   provider = "oidc"
#   issuer = "https://login.example.org"
#   client_id = "airflow"
#   # ARN of the client's secret, which you store in Secrets Manager: aws secretsmanager create-secret.
#   client_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-dev/sign-in-AbCdEf"
#   # Only e-mail addresses of these domains may sign in.
#   allowed_domains = ["example.org"]
#   # Role at the first sign-in.
#   default_role = "Viewer"
#   # With both, the provider's groups determine the roles at each sign-in.
#   groups_claim = "groups"
#   group_roles = { data-engineers = ["User"], platform = ["Op", "Admin"] }
# }

# Airflow's metadata database: PostgreSQL on RDS, or a container.
# database = {
#   # A major version alone selects AWS's current default minor version.
#   engine_version = "16"
#   instance_class = "db.t4g.medium"
#   # The storage grows automatically up to max_storage_gb.
#   storage_gb = 20
#   max_storage_gb = 100
#   # A standby instance in another zone for failover; doubles the price.
#   multi_az = true
#   backup_retention_days = 7
#   performance_insights = true
#   # Instead of RDS, a container on ECS, without a backup: docs/how-to/branch.md. Requires protected = false.
#   container = {
#     # Or "mysql".
#     engine = "postgres"
#     cpu = 512
#     memory = 2048
#     spot = false
#   }
# }

# Version and image of Airflow.
# image = {
#   version = "3.3.2"
#   # `pipenv run ops image push` writes the digest to image.tfvars next to this file. Or set the digest of another image in the
#   # environment's repository. Without a digest the official image of that version runs.
#   digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#   # Number of images that the repository keeps, for roll-backs.
#   keep = 20
# }

# airflow = {
#   # "ecs": each task is a Fargate task with its project's role, and starts after about a minute. "celery": tasks are processes
#   # of workers, and start within a second. "celery,ecs": workers, unless the task sets executor="ecs". "local": processes of
#   # the scheduler.
#   executor = "ecs"
#   # Size of a task, unless its project sets another. Spot costs a third, and may stop a task with two minutes' notice.
#   task = {
#     cpu = 512
#     memory = 1024
#     spot = false
#   }
#   # Additional Airflow settings, by section and key as in airflow.cfg.
#   settings = { core = { parallelism = 64 } }
#   # True: `aws ecs execute-command` can open a shell in a component.
#   execute_command = false
# }

# Projects whose DAGs Airflow fetches itself, by project name. ImportDAGs checks and delivers the DAGs of all others;
# docs/how-to/dags.md compares the two.
# bundles = {
#   sales = {
#     git = {
#       url = "https://github.com/example/sales-workflows.git"
#       branch = "main"
#       dags = "dags"
#       # True: private, with a token in the Airflow connection sales_git.
#       private = false
#       refresh_seconds = 60
#     }
#   }
#   ops = {
#     s3 = {
#       bucket = "example-ops-dags"
#       # A folder in the bucket, such as "dags/".
#       prefix = ""
#       refresh_seconds = 60
#     }
#   }
# }

# Only if the executor includes Celery.
# celery = {
#   # ElastiCache with TLS and IAM authentication; or "container": a Redis on ECS, cheaper, a single node without TLS.
#   broker = "elasticache"
#   node_type = "cache.t4g.micro"
#   # Two or more nodes survive the loss of a node.
#   nodes = 2
#   # Scaled by the number of queued and running tasks.
#   workers = {
#     cpu = 1024
#     memory = 4096
#     # Number of tasks that a worker runs concurrently.
#     concurrency = 8
#     min_count = 0
#     max_count = 10
#     # Scale in workers that were not needed for this long (seconds).
#     idle_seconds = 300
#     # Fargate Spot, or EC2 instances; otherwise Fargate.
#     spot = false
#     instances = {
#       # x86, and large enough for one worker.
#       instance_type = "m7i.large"
#       max_count = 10
#     }
#   }
#   # Flower shows workers and queues, in Airflow's pages, to administrators.
#   flower = true
# }

# Airflow's four components: CPU in 1/1024 vCPU, memory in MiB, in pairs that Fargate offers.
# components = {
#   # Scaled between min_count and max_count to keep the CPU at cpu_target percent. Needs at least 3 GB of memory.
#   api_server = {
#     cpu = 1024
#     memory = 4096
#     spot = false
#     min_count = 2
#     max_count = 4
#     cpu_target = 60
#   }
#   # Two or more provide failover.
#   scheduler = {
#     cpu = 1024
#     memory = 2048
#     spot = false
#     count = 2
#   }
#   dag_processor = {
#     cpu = 1024
#     memory = 2048
#     spot = false
#     count = 1
#   }
#   triggerer = {
#     cpu = 512
#     memory = 1024
#     spot = false
#     count = 1
#   }
# }

# Retention in days: logs of the components, and logs of tasks.
# logs = {
#   component_days = 90
#   task_days = 365
# }
