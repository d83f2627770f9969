# Written by `make modules` from modules/platform: change that, not this file.

output "admin_password_secret" {
  description = "Holds the password of the user admin"
  value       = aws_secretsmanager_secret_version.keys_admin_password_value.arn
}

output "cluster_name" {
  description = "ECS cluster"
  value       = local.prefix
}

output "contract" {
  description = "What projects read"
  value       = aws_ssm_parameter.published_contract.name
}

output "database_host" {
  description = "Metadata database"
  value       = aws_db_instance.database.address
}

output "image" {
  description = "What runs"
  value       = local.image
}

output "log_bucket" {
  description = "Logs of tasks"
  value       = "${local.prefix}-logs-${local.account_id}"
}

output "repository" {
  description = "Where to push images"
  value       = aws_ecr_repository.registry.repository_url
}

output "url" {
  description = "Airflow's pages"
  value       = local.url
}
