# One data project of an environment. The file's name is the project's: environments/<env>/projects/<project>.tfvars.
#
# What is not a comment must be said; everything else shows its default.
# Only values are allowed here: no ${...}, no functions. No secrets either: this file is committed.

# Who answers for it: the tag Owner of every resource.
owner = "weather-team@example.org"
# False lets `destroy` take the bucket and the target with what they hold.
# protected = true

# Where the DAGs come from.
repository = {
  # https, git@host:team/repository.git, ssh or file. No password in it.
  url = "https://github.com/example/weather-workflows.git"
  # A tag is "refs/tags/v1".
  # branch = "main"
  # The folder of the repository that Airflow reads.
  # dags = "dags"
  # A role for the repository's workflow on that branch, so that a merge is imported at once: docs/how-to/webhook.md.
  # github_actions = false
  # True: it is private. The secret airflow-<env>/deploy-keys/<project> is made, and you put the key into it.
  # deploy_key = false
  # Lines of a known_hosts file, for an SSH server other than GitHub's.
  # host_keys = ["git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"]
}

# The bucket for work files.
# files = {
#   # Deletes work files that old; without it they stay.
#   expire_days = 90
#   # Keeps what was overwritten or deleted that long.
#   noncurrent_days = 30
# }

# The PostgreSQL database that the DAGs write to.
# target = {
#   # "serverless": Aurora, which sleeps when nobody asks and wakes in about 15 s. "instance": RDS, always there.
#   # Settings of the other kind are refused.
#   kind = "serverless"
#   serverless = {
#     # 16.3 or newer can sleep.
#     engine_version = "16"
#     # In units of 2 GiB of memory; with 0 it sleeps after pause_after_minutes.
#     min_capacity = 0
#     max_capacity = 4
#     pause_after_minutes = 10
#     backup_retention_days = 7
#   }
#   instance = {
#     engine_version = "16"
#     instance_class = "db.t4g.medium"
#     # Grows by itself up to the second.
#     storage_gb = 20
#     max_storage_gb = 100
#     # A second instance in another zone takes over; doubles the price.
#     multi_az = true
#     backup_retention_days = 7
#     performance_insights = true
#   }
# }

# The size of one task: CPU in 1/1024 vCPU, memory in MiB, in pairs that Fargate offers.
# task = {
#   cpu = 512
#   memory = 1024
#   # Costs a third, and may be stopped at two minutes' notice.
#   spot = false
# }

# Airflow variables, <project>_<name> in a DAG. Not for secrets.
# variables = { station = "KSTL" }

# What its tasks may reach besides what is the project's own: names in this account and region, or ARNs.
# access = {
#   # Buckets, or folders of buckets with a slash at the end.
#   s3_read = ["reference-data/weather/"]
#   s3_write = ["exports"]
#   dynamodb_read = ["stations"]
#   dynamodb_write = ["readings"]
#   secrets_read = ["shared/weather-api"]
#   # Ids of KMS keys that these are encrypted with.
#   kms = ["1234abcd-12ab-34cd-56ef-1234567890ab"]
#   # A wildcard (* or ?), or what is another project's (airflow-…), is refused without a reason. The plan shows it.
#   allow_any = "reads what every team exports"
# }
