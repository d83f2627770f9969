data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  prefix     = "airflow-${var.environment}"
  platform   = jsondecode(data.aws_ssm_parameter.platform.insecure_value)

  serverless = var.target_kind == "serverless"
  pausing    = local.serverless && var.serverless_min_capacity == 0
}
