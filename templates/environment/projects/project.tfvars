# One data project of an environment. The file's name is the project's: environments/<env>/projects/<project>.tfvars.
#
# Uncommented fields are required. Commented fields show their default, or an example.
# Only values are allowed: no ${...}, no functions. Secrets are not allowed: this file is committed.

# The responsible person or team: the tag Owner of every resource.
owner = "weather-team@example.org"
# False: `destroy` deletes the bucket and the target with their data.
# protected = true

# The repository of the DAGs.
repository = {
  # https, git@host:team/repository.git, ssh or file. It must not contain a password.
  url = "https://github.com/example/weather-workflows.git"
  # For a tag: "refs/tags/v1".
  # branch = "main"
  # The folder of the repository that Airflow reads.
  # dags = "dags"
  # True: create a role for the repository's GitHub workflow on that branch, to import a merge at once: docs/how-to/webhook.md.
  # github_actions = false
  # True: private. The stack creates the secret airflow-<env>/deploy-keys/<project>; you store the key in it.
  # deploy_key = false
  # Lines of a known_hosts file, for SSH servers other than GitHub's.
  # host_keys = ["git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"]
}

# The bucket for work files.
# files = {
#   # Delete work files after this many days. Default: keep them.
#   expire_days = 90
#   # Keep overwritten and deleted versions for this many days.
#   noncurrent_days = 30
# }

# The PostgreSQL database that the DAGs write to.
# target = {
#   # "serverless": Aurora, which pauses when unused and resumes in about 15 s. "instance": RDS, always running.
#   # Settings of the other kind are refused.
#   kind = "serverless"
#   serverless = {
#     # Versions from 16.3 on can pause.
#     engine_version = "16"
#     # In Aurora capacity units (2 GiB of memory each). 0: pause after pause_after_minutes.
#     min_capacity = 0
#     max_capacity = 4
#     pause_after_minutes = 10
#     backup_retention_days = 7
#   }
#   instance = {
#     engine_version = "16"
#     instance_class = "db.t4g.medium"
#     # The storage grows automatically up to max_storage_gb.
#     storage_gb = 20
#     max_storage_gb = 100
#     # A standby instance in another zone for failover; doubles the price.
#     multi_az = true
#     backup_retention_days = 7
#     performance_insights = true
#   }
# }

# The size of one task: CPU in 1/1024 vCPU, memory in MiB, in pairs that Fargate offers.
# task = {
#   cpu = 512
#   memory = 1024
#   # Costs a third, and may be stopped with two minutes' notice.
#   spot = false
# }

# Airflow variables, named <project>_<name> in a DAG. Not for secrets.
# variables = { station = "KSTL" }

# Permissions of its tasks in addition to the project's own resources: names in this account and region, or ARNs.
# access = {
#   # Buckets, or folders of buckets with a slash at the end.
#   s3_read = ["reference-data/weather/"]
#   s3_write = ["exports"]
#   dynamodb_read = ["stations"]
#   dynamodb_write = ["readings"]
#   secrets_read = ["shared/weather-api"]
#   # Ids of the KMS keys that encrypt these.
#   kms = ["1234abcd-12ab-34cd-56ef-1234567890ab"]
#   # The reason for a wildcard (* or ?) or a name of another project (airflow-…), required for these. The plan shows it.
#   allow_any = "reads what every team exports"
# }
