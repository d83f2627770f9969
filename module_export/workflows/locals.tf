data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id     = data.aws_caller_identity.current.account_id
  partition      = data.aws_partition.current.partition
  region         = data.aws_region.current.name
  prefix         = "airflow-${var.environment}"
  platform       = jsondecode(data.aws_ssm_parameter.platform.insecure_value)
  infrastructure = jsondecode(data.aws_ssm_parameter.infrastructure.insecure_value)

  over_ssh = startswith(var.repository_url, "ssh://") || startswith(var.repository_url, "git@")
  # `team/repository` of a repository on GitHub.
  github_name = try(regex("^(?:(?:https://|ssh://git@)github\\.com/|git@github\\.com:)([\\w.-]+/[\\w.-]+?)(?:\\.git)?/?$", var.repository_url)[0], null)
}
