# Written by `make modules` from modules/workflows: change that, not this file.

output "github_role_arn" {
  description = "The role of the repository's workflow on GitHub"
  value       = var.repository_github_actions ? one(aws_iam_role.ci[*].arn) : null
}

output "deploy_key_secret" {
  description = "Where to put the key of the repository"
  value       = var.repository_deploy_key ? one(aws_secretsmanager_secret.deploy_key[*].name) : null
}

output "registration" {
  description = "Entry in the registry of projects"
  value       = aws_ssm_parameter.registry_entry.name
}

output "repository" {
  description = "Where the DAGs come from"
  value       = var.repository_url
}

output "task_definition" {
  description = "The task definition of the project's tasks"
  value       = "${local.prefix}-${var.project}-task"
}

output "task_role_arn" {
  description = "The role of the project's tasks"
  value       = aws_iam_role.task_role.arn
}
