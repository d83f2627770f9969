# Written by `make modules` from modules/infrastructure: change that, not this file.

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  prefix     = "airflow-${var.environment}"
  platform   = jsondecode(data.aws_ssm_parameter.platform.insecure_value)
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_ssm_parameter" "platform" {
  name = "/${local.prefix}/platform"

  lifecycle {
    postcondition {
      condition     = try(jsondecode(self.insecure_value).version, 0) == 1
      error_message = "/${local.prefix}/platform has contract version ${try(jsondecode(self.insecure_value).version, 0)}, this project knows version 1: use the release of these modules that the platform was deployed with, or upgrade the platform."
    }
  }
}

ephemeral "aws_secretsmanager_random_password" "target_random" {
  exclude_punctuation = true
  password_length     = 32
}

ephemeral "aws_secretsmanager_secret_version" "target_stored_password" {
  secret_id = aws_secretsmanager_secret_version.target_password_value.secret_id
}

resource "aws_s3_bucket" "files" {
  bucket        = "${local.prefix}-${var.project}-files-${local.account_id}"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_policy" "files_access" {
  bucket = aws_s3_bucket.files.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${local.partition}:s3:::${local.prefix}-${var.project}-files-${local.account_id}",
          "arn:${local.partition}:s3:::${local.prefix}-${var.project}-files-${local.account_id}/*",
        ]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files_encryption" {
  bucket = aws_s3_bucket.files.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "files_lifecycle" {
  bucket = aws_s3_bucket.files.id

  rule {
    id     = "clean-up"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    dynamic "expiration" {
      for_each = var.files_expire_days != null ? [1] : []

      content {
        days = var.files_expire_days
      }
    }

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = var.files_noncurrent_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.files_versions]
}

resource "aws_s3_bucket_public_access_block" "files_public_access" {
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.files.id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "files_versions" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_ssm_parameter" "published_contract" {
  description = "A project's bucket and target database, for its workflows."
  name        = "/${local.prefix}/infrastructure/${var.project}"
  type        = "String"
  insecure_value = jsonencode({
    version                = 1
    bucket                 = "${local.prefix}-${var.project}-files-${local.account_id}"
    target_host            = var.target_kind == "serverless" ? one(aws_rds_cluster.target[*].endpoint) : one(aws_db_instance.target[*].address)
    target_port            = "5432"
    target_database        = replace(var.project, "-", "_")
    target_user            = "airflow"
    target_password_secret = aws_secretsmanager_secret_version.target_password_value.arn
    task_security_group_id = aws_security_group.tasks.id
  })
}

resource "aws_vpc_security_group_egress_rule" "shared_tasks_to_target_5432" {
  count                        = strcontains("${local.platform.executor}", "LocalExecutor") || strcontains("${local.platform.executor}", "CeleryExecutor") ? 1 : 0
  description                  = "Shared tasks to ${local.prefix}-${var.project}-target"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.target_firewall.id
  security_group_id            = local.platform.task_security_group_id
  to_port                      = 5432
}

resource "aws_db_instance" "target" {
  count                           = var.target_kind != "serverless" ? 1 : 0
  allocated_storage               = var.instance_storage_gb
  auto_minor_version_upgrade      = true
  backup_retention_period         = var.instance_backup_retention_days
  copy_tags_to_snapshot           = true
  db_name                         = replace(var.project, "-", "_")
  db_subnet_group_name            = aws_db_subnet_group.target_subnets.name
  delete_automated_backups        = !var.protected
  deletion_protection             = var.protected
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  engine                          = "postgres"
  engine_version                  = var.instance_engine_version
  final_snapshot_identifier       = var.protected ? "${local.prefix}-${var.project}-target-final" : null
  identifier                      = "${local.prefix}-${var.project}-target"
  instance_class                  = var.instance_class
  max_allocated_storage           = var.instance_max_storage_gb
  multi_az                        = var.instance_multi_az
  parameter_group_name            = one(aws_db_parameter_group.target_parameters[*].name)
  password_wo                     = ephemeral.aws_secretsmanager_secret_version.target_stored_password.secret_string
  password_wo_version             = 1
  performance_insights_enabled    = var.instance_performance_insights
  port                            = 5432
  publicly_accessible             = false
  skip_final_snapshot             = !var.protected
  storage_encrypted               = true
  storage_type                    = "gp3"
  username                        = "airflow"
  vpc_security_group_ids          = [aws_security_group.target_firewall.id]

  depends_on = [aws_cloudwatch_log_group.target_postgresql_logs, aws_cloudwatch_log_group.target_upgrade_logs]
}

resource "aws_rds_cluster" "target" {
  count                           = var.target_kind == "serverless" ? 1 : 0
  backup_retention_period         = var.serverless_backup_retention_days
  cluster_identifier              = "${local.prefix}-${var.project}-target"
  copy_tags_to_snapshot           = true
  database_name                   = replace(var.project, "-", "_")
  db_cluster_parameter_group_name = one(aws_rds_cluster_parameter_group.target_parameters[*].name)
  db_subnet_group_name            = aws_db_subnet_group.target_subnets.name
  deletion_protection             = var.protected
  enabled_cloudwatch_logs_exports = ["postgresql"]
  engine                          = "aurora-postgresql"
  engine_mode                     = "provisioned"
  engine_version                  = var.serverless_engine_version
  final_snapshot_identifier       = var.protected ? "${local.prefix}-${var.project}-target-final" : null
  master_password_wo              = ephemeral.aws_secretsmanager_secret_version.target_stored_password.secret_string
  master_password_wo_version      = 1
  master_username                 = "airflow"
  port                            = 5432
  skip_final_snapshot             = !var.protected
  storage_encrypted               = true
  vpc_security_group_ids          = [aws_security_group.target_firewall.id]

  serverlessv2_scaling_configuration {
    max_capacity             = var.serverless_max_capacity
    min_capacity             = var.serverless_min_capacity == 0 ? 0 : var.serverless_min_capacity
    seconds_until_auto_pause = var.serverless_min_capacity == 0 ? var.serverless_pause_after_minutes * 60 : null
  }

  depends_on = [aws_cloudwatch_log_group.target_postgresql_logs]
}

resource "aws_security_group" "target_firewall" {
  description = "Around ${local.prefix}-${var.project}-target"
  name        = "${local.prefix}-${var.project}-target"
  vpc_id      = local.platform.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "target_firewall_from_shared_tasks_5432" {
  count                        = strcontains("${local.platform.executor}", "LocalExecutor") || strcontains("${local.platform.executor}", "CeleryExecutor") ? 1 : 0
  description                  = "Shared tasks to ${local.prefix}-${var.project}-target"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = local.platform.task_security_group_id
  security_group_id            = aws_security_group.target_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "target_firewall_from_tasks_5432" {
  description                  = "tasks to target"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.tasks.id
  security_group_id            = aws_security_group.target_firewall.id
  to_port                      = 5432
}

resource "aws_db_parameter_group" "target_parameters" {
  count  = var.target_kind != "serverless" ? 1 : 0
  family = "postgres${split(".", var.instance_engine_version)[0]}"
  name   = "${local.prefix}-${var.project}-target"

  parameter {
    apply_method = "immediate"
    name         = "rds.force_ssl"
    value        = "1"
  }
}

resource "aws_rds_cluster_parameter_group" "target_parameters" {
  count  = var.target_kind == "serverless" ? 1 : 0
  family = "aurora-postgresql${split(".", var.serverless_engine_version)[0]}"
  name   = "${local.prefix}-${var.project}-target"

  parameter {
    apply_method = "immediate"
    name         = "rds.force_ssl"
    value        = "1"
  }
}

resource "aws_secretsmanager_secret" "target_password" {
  description             = "Password of airflow at ${local.prefix}-${var.project}-target"
  name                    = "${local.prefix}/infrastructure/${var.project}/target-password"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "target_password_value" {
  secret_id                = aws_secretsmanager_secret.target_password.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.target_random.random_password
  secret_string_wo_version = 1
}

resource "aws_cloudwatch_log_group" "target_postgresql_logs" {
  name              = var.target_kind == "serverless" ? "/aws/rds/cluster/${local.prefix}-${var.project}-target/postgresql" : "/aws/rds/instance/${local.prefix}-${var.project}-target/postgresql"
  retention_in_days = 90
}

resource "aws_db_subnet_group" "target_subnets" {
  name       = "${local.prefix}-${var.project}-target"
  subnet_ids = local.platform.private_subnet_ids
}

resource "aws_cloudwatch_log_group" "target_upgrade_logs" {
  count             = var.target_kind != "serverless" ? 1 : 0
  name              = "/aws/rds/instance/${local.prefix}-${var.project}-target/upgrade"
  retention_in_days = 90
}

resource "aws_rds_cluster_instance" "target_writer" {
  count                      = var.target_kind == "serverless" ? 1 : 0
  auto_minor_version_upgrade = true
  cluster_identifier         = one(aws_rds_cluster.target[*].id)
  engine                     = one(aws_rds_cluster.target[*].engine)
  identifier                 = "${local.prefix}-${var.project}-target-1"
  instance_class             = "db.serverless"
  publicly_accessible        = false
}

resource "aws_security_group" "tasks" {
  description = "Around ${local.prefix}-${var.project}-tasks"
  name        = "${local.prefix}-${var.project}-tasks"
  vpc_id      = local.platform.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_target_5432" {
  description                  = "tasks to target"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.target_firewall.id
  security_group_id            = aws_security_group.tasks.id
  to_port                      = 5432
}
