# Written by `make modules` from modules/infrastructure: change that, not this file.

output "bucket" {
  description = "Work files"
  value       = "${local.prefix}-${var.project}-files-${local.account_id}"
}

output "contract" {
  description = "What the project's workflows read"
  value       = aws_ssm_parameter.published_contract.name
}

output "database_host" {
  description = "Target PostgreSQL"
  value       = var.target_kind == "serverless" ? one(aws_rds_cluster.target[*].endpoint) : one(aws_db_instance.target[*].address)
}
