# One Airflow cluster. The folder's name is the environment's: environments/<env>/platform.tfvars.
#
# What is not a comment must be said; everything else shows its default, which is safe for production.
# Only values are allowed here: no ${...}, no functions. No secrets either: this file is committed.

# The account to deploy to; a deploy with credentials of any other account is refused.
account_id = "111111111111"
region     = "us-east-1"
# Who answers for it: the tag Owner of every resource.
owner = "platform-team@example.org"
# More tags for every resource.
# tags = { CostCenter = "4711" }
# The profile of ~/.aws/config to deploy with; without it, what AWS_PROFILE says.
# aws_profile = "dev-admin"
# The last day of an environment that is made to be thrown away, as a tag on everything in it: docs/how-to/branch.md.
# expires = "2027-01-31"
# True deploys to the emulated AWS on this machine.
# local_aws = false
# False lets `destroy` take what holds data: database, buckets, secrets, images. Right for throw-away environments only.
# protected = true

network = {
  # A VPC of the platform's own, or `existing_vpc` below: one of the two.
  vpc = {
    # /16 to /24. May not overlap another environment's of the same account and region.
    cidr = "10.20.0.0/16"
    # Two or three zones of the region.
    zones = ["us-east-1a", "us-east-1b"]
    # A range for each zone; by default sixteenths of cidr.
    # public_subnets = ["10.20.0.0/20", "10.20.16.0/20"]
    # private_subnets = ["10.20.128.0/20", "10.20.144.0/20"]
    # "per_zone" survives the loss of a zone. "one" costs a third of it. "none" costs nothing: tasks get public
    # addresses, which nothing may connect to.
    # nat = "per_zone"
  }
  # A VPC that somebody else looks after. Its private subnets need a way out to AWS: NAT, or VPC endpoints.
  # existing_vpc = {
  #   vpc_id = "vpc-0a1b2c3d4e5f60718"
  #   cidr = "10.40.0.0/16"
  #   public_subnet_ids = ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
  #   private_subnet_ids = ["subnet-2a3b4c5d", "subnet-3a4b5c6d"]
  # }
}

# Who reaches Airflow's pages.
entry = {
  # The networks of your people.
  allowed_cidrs = ["198.51.100.0/24"]
  # Must be true for 0.0.0.0/0 to be accepted above.
  # open_to_the_internet = false
  # A certificate of ACM in this region, and the name that it is for, which you point at the load balancer.
  certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"
  domain          = "airflow.example.org"
  # Must be true to go without a certificate: passwords then cross the network in clear.
  # insecure_http = false
  # True: reached from inside the VPC only, such as over a VPN.
  # internal = false
}

# Who signs in. Without it users have passwords in Airflow's database. docs/how-to/sign-in.md explains it.
# sign_in = {
#   # Or "google", which has its own issuer and tells no groups.
#   provider = "oidc"
#   issuer = "https://login.example.org"
#   client_id = "airflow"
#   # Of the secret with the client's secret, which you put into Secrets Manager: aws secretsmanager create-secret.
#   client_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-dev/sign-in-AbCdEf"
#   # Addresses of these domains only.
#   allowed_domains = ["example.org"]
#   # Of who signs in for the first time.
#   default_role = "Viewer"
#   # With both, the provider's groups decide on the roles, at each sign-in.
#   groups_claim = "groups"
#   group_roles = { data-engineers = ["User"], platform = ["Op", "Admin"] }
# }

# Airflow's own database, PostgreSQL on RDS or a container.
# database = {
#   # A major version alone is AWS's newest default of it.
#   engine_version = "16"
#   instance_class = "db.t4g.medium"
#   # Grows by itself up to the second.
#   storage_gb = 20
#   max_storage_gb = 100
#   # A second instance in another zone takes over; doubles the price.
#   multi_az = true
#   backup_retention_days = 7
#   performance_insights = true
#   # Instead of all that, a container on ECS, without a backup: docs/how-to/branch.md. Needs protected = false.
#   container = {
#     # Or "mysql".
#     engine = "postgres"
#     cpu = 512
#     memory = 2048
#     spot = false
#   }
# }

# Which Airflow runs.
# image = {
#   version = "3.3.2"
#   # `pipenv run ops image push` records the digest beside this file, in image.tfvars; or name an image of the environment's
#   # registry that somebody else pushes. Without either the official image of that version runs.
#   digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#   # How many images the registry keeps, to go back to.
#   keep = 20
# }

# airflow = {
#   # "ecs": each task its own Fargate task, with its project's role, after a minute. "celery": tasks are processes of
#   # workers, after a second. "celery,ecs": of workers, unless the task says executor="ecs". "local": of the scheduler.
#   executor = "ecs"
#   # A task's size, unless its project says otherwise. Spot costs a third, and may stop a task at two minutes' notice.
#   task = {
#     cpu = 512
#     memory = 1024
#     spot = false
#   }
#   # More settings for the components, by section and key as in airflow.cfg.
#   settings = { core = { parallelism = 64 } }
#   # Lets `aws ecs execute-command` open a shell in a component.
#   execute_command = false
# }

# Projects whose DAGs Airflow fetches itself, by the name of the project; ImportDAGs brings those of all others, checked.
# docs/how-to/dags.md compares them.
# bundles = {
#   sales = {
#     git = {
#       url = "https://github.com/example/sales-workflows.git"
#       branch = "main"
#       dags = "dags"
#       # With a token in the Airflow connection sales_git.
#       private = false
#       refresh_seconds = 60
#     }
#   }
#   ops = {
#     s3 = {
#       bucket = "example-ops-dags"
#       # A folder of it, such as "dags/".
#       prefix = ""
#       refresh_seconds = 60
#     }
#   }
# }

# With Celery among the executors.
# celery = {
#   # ElastiCache, by TLS and without a password; or "container": a Redis on ECS, cheaper, alone and without TLS.
#   broker = "elasticache"
#   node_type = "cache.t4g.micro"
#   # With two or more the loss of one is survived.
#   nodes = 2
#   # As many as the queued and running tasks need.
#   workers = {
#     cpu = 1024
#     memory = 4096
#     # Tasks that a worker runs at once.
#     concurrency = 8
#     min_count = 0
#     max_count = 10
#     # Workers that were not needed for so long go.
#     idle_seconds = 300
#     # Fargate Spot, or else EC2 instances; without either, Fargate.
#     spot = false
#     instances = {
#       # x86, large enough for one worker.
#       instance_type = "m7i.large"
#       max_count = 10
#     }
#   }
#   # Workers and queues as a page of Airflow, for administrators.
#   flower = true
# }

# Airflow's four components: CPU in 1/1024 vCPU, memory in MiB, in pairs that Fargate offers.
# components = {
#   # Between min_count and max_count run, aiming at cpu_target percent. Less than 3 GB is not enough.
#   api_server = {
#     cpu = 1024
#     memory = 4096
#     spot = false
#     min_count = 2
#     max_count = 4
#     cpu_target = 60
#   }
#   # Two or more take over from one another.
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

# Days that logs are kept: what the components print, and what tasks log.
# logs = {
#   component_days = 90
#   task_days = 365
# }
