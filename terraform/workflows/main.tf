# Written by `make modules` from modules/workflows: change that, not this file.

locals {
  account_id     = data.aws_caller_identity.current.account_id
  partition      = data.aws_partition.current.partition
  region         = data.aws_region.current.name
  prefix         = "airflow-${var.environment}"
  platform       = jsondecode(data.aws_ssm_parameter.platform.insecure_value)
  infrastructure = jsondecode(data.aws_ssm_parameter.infrastructure.insecure_value)
  fargate_memory = {
    "256"   = [512, 1024, 2048]
    "512"   = [1024, 2048, 3072, 4096]
    "1024"  = [2048, 3072, 4096, 5120, 6144, 7168, 8192]
    "2048"  = [4096, 5120, 6144, 7168, 8192, 9216, 10240, 11264, 12288, 13312, 14336, 15360, 16384]
    "4096"  = [8192, 9216, 10240, 11264, 12288, 13312, 14336, 15360, 16384, 17408, 18432, 19456, 20480, 21504, 22528, 23552, 24576, 25600, 26624, 27648, 28672, 29696, 30720]
    "8192"  = [16384, 20480, 24576, 28672, 32768, 36864, 40960, 45056, 49152, 53248, 57344, 61440]
    "16384" = [32768, 40960, 49152, 57344, 65536, 73728, 81920, 90112, 98304, 106496, 114688, 122880]
  }
}

data "aws_iam_openid_connect_provider" "ci_github" {
  count = var.repository_github_actions ? 1 : 0
  url   = "https://token.actions.githubusercontent.com"
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_ssm_parameter" "infrastructure" {
  name = "/${local.prefix}/infrastructure/${var.project}"

  lifecycle {
    postcondition {
      condition     = try(jsondecode(self.insecure_value).version, 0) == 1
      error_message = "/${local.prefix}/infrastructure/${var.project} has contract version ${try(jsondecode(self.insecure_value).version, 0)}, this project knows version 1: use the release of these modules that the platform was deployed with, or upgrade the platform."
    }
  }
}

data "aws_ssm_parameter" "platform" {
  name = "/${local.prefix}/platform"

  lifecycle {
    postcondition {
      condition     = try(jsondecode(self.insecure_value).version, 0) == 1
      error_message = "/${local.prefix}/platform has contract version ${try(jsondecode(self.insecure_value).version, 0)}, this project knows version 1: use the release of these modules that the platform was deployed with, or upgrade the platform."
    }
  }
}

ephemeral "aws_secretsmanager_secret_version" "target_password" {
  secret_id = local.infrastructure.target_password_secret
}

resource "aws_iam_role" "ci" {
  count = var.repository_github_actions ? 1 : 0
  name  = "${local.prefix}-${var.project}-ci"
  path  = "/${local.prefix}/"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Assume"
        Effect    = "Allow"
        Principal = { Federated = one(data.aws_iam_openid_connect_provider.ci_github[*].arn) }
        Action    = ["sts:AssumeRoleWithWebIdentity"]
        Condition = {
          StringEquals = {
            "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
            "token.actions.githubusercontent.com:sub" = "repo:${regex("^(?:(?:https://|ssh://git@)github\\.com/|git@github\\.com:)([\\w.-]+/[\\w.-]+?)(?:\\.git)?/?$", var.repository_url)[0]}:ref:refs/heads/${var.repository_branch}"
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "ci_permissions" {
  count = var.repository_github_actions ? 1 : 0
  name  = "ci"
  role  = one(aws_iam_role.ci[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ReadWebhookSecret"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/webhook-secret-??????",
        ]
      },
    ]
  })
}

resource "aws_secretsmanager_secret" "connections__files" {
  description             = "Airflow connection ${var.project}_files"
  name                    = "${local.prefix}/connections/${var.project}_files"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret" "connections__target" {
  description             = "Airflow connection ${var.project}_target"
  name                    = "${local.prefix}/connections/${var.project}_target"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "connections_value__files" {
  secret_id                = aws_secretsmanager_secret.connections__files.id
  secret_string_wo_version = 1714230779
  secret_string_wo = jsonencode({
    conn_type   = "aws"
    description = "Work files of ${var.project}"
    extra = {
      region_name    = local.region
      service_config = { s3 = { bucket_name = local.infrastructure.bucket } }
    }
  })
}

resource "aws_secretsmanager_secret_version" "connections_value__target" {
  secret_id                = aws_secretsmanager_secret.connections__target.id
  secret_string_wo_version = 466752297
  secret_string_wo = jsonencode({
    conn_type   = "postgres"
    description = "Target database of ${var.project}"
    host        = local.infrastructure.target_host
    port        = 5432
    schema      = local.infrastructure.target_database
    login       = local.infrastructure.target_user
    password    = ephemeral.aws_secretsmanager_secret_version.target_password.secret_string
    extra       = { sslmode = "require" }
  })
}

resource "aws_secretsmanager_secret" "deploy_key" {
  count                   = var.repository_deploy_key ? 1 : 0
  description             = "Key of the repository of ${var.project}"
  name                    = "${local.prefix}/deploy-keys/${var.project}"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_ssm_parameter" "registry_entry" {
  description = "Project ${var.project} of ${var.environment}"
  name        = "/${local.prefix}/projects/${var.project}"
  type        = "String"
  insecure_value = jsonencode({
    version = 1
    project = var.project
    owner   = var.owner
    repository = {
      url        = var.repository_url
      branch     = var.repository_branch
      dags       = var.repository_dags
      host_keys  = var.repository_host_keys
      deploy_key = var.repository_deploy_key ? "${local.prefix}/deploy-keys/${var.project}" : null
    }
    dag_id_prefix = "${var.project}__"
    log_prefix    = "dag_id=${var.project}__"
    executor_config = {
      taskDefinition = "${local.prefix}-${var.project}-task"
      networkConfiguration = {
        awsvpcConfiguration = {
          securityGroups = [local.platform.task_security_group_id, local.infrastructure.task_security_group_id]
        }
      }
      capacityProviderStrategy = [
        {
          capacityProvider = var.task_spot ? "FARGATE_SPOT" : "FARGATE"
          weight           = 1
        },
      ]
    }
  })
}

resource "aws_ecs_task_definition" "task" {
  cpu                      = var.task_cpu
  execution_role_arn       = local.platform.task_execution_role_arn
  family                   = "${local.prefix}-${var.project}-task"
  memory                   = var.task_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.task_role.arn
  container_definitions = jsonencode([
    {
      name      = "airflow-task"
      image     = local.platform.image
      command   = []
      essential = true
      user      = "50000:0"
      environment = [for name, value in {
        AIRFLOW__API__BASE_URL                                           = local.platform.url
        AIRFLOW__API__EXPOSE_CONFIG                                      = "False"
        AIRFLOW__API__WORKER_TIMEOUT                                     = "110"
        AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SOCKET_CONNECT_TIMEOUT = "5"
        AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SOCKET_TIMEOUT         = "30"
        AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT     = "2678400"
        AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS                           = "airflow_on_aws.celery.config.CELERY_CONFIG"
        AIRFLOW__CELERY__OPERATION_TIMEOUT                               = "2"
        AIRFLOW__CELERY__TASK_ACKS_LATE                                  = "True"
        AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES                        = "1000000"
        AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER                      = "1"
        AIRFLOW__CORE__AUTH_MANAGER                                      = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
        AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION                       = "True"
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL                          = local.platform.execution_api_url
        AIRFLOW__CORE__EXECUTOR                                          = local.platform.executor
        AIRFLOW__CORE__LOAD_EXAMPLES                                     = "False"
        AIRFLOW__CORE__MAX_MAP_LENGTH                                    = "10000"
        AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL                = "1"
        AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST = try(local.platform.dag_bundles, jsonencode([
          {
            name      = "platform"
            classpath = "airflow.dag_processing.bundles.local.LocalDagBundle"
            kwargs    = { path = "/opt/airflow/dags" }
          },
          {
            name      = "projects"
            classpath = "airflow.dag_processing.bundles.local.LocalDagBundle"
            kwargs    = { path = "/opt/airflow/projects" }
          },
        ]))
        AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL   = "60"
        AIRFLOW__DATABASE__CHECK_MIGRATIONS        = "False"
        AIRFLOW__FAB__CONFIG_FILE                  = "/opt/airflow/config/webserver_config.py"
        AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET = "stdout"
        AIRFLOW__LOGGING__JSON_LOGS                = "True"
        AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER   = "s3://${local.platform.log_bucket}"
        AIRFLOW__LOGGING__REMOTE_LOGGING           = "True"
        AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK    = "True"
        AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT    = "1800"
        AIRFLOW__SECRETS__BACKEND                  = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
        AIRFLOW__SECRETS__BACKEND_KWARGS = jsonencode({
          connections_prefix = "${local.prefix}/connections"
          variables_prefix   = "${local.prefix}/variables"
          region_name        = local.region
        })
        AIRFLOW__WORKERS__EXECUTION_API_RETRIES        = "12"
        AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX = "15"
        AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS        = "4"
        AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL       = "1"
        AWS_DEFAULT_REGION                             = local.region
        FLOWER_UNAUTHENTICATED_API                     = "true"
        PYTHONPATH                                     = "/opt/airflow/lib"
      } : { name = name, value = tostring(value) }]
      secrets      = []
      portMappings = []
      mountPoints = [
        {
          sourceVolume  = "projects"
          containerPath = "/opt/airflow/projects"
          readOnly      = true
        },
      ]
      linuxParameters = { initProcessEnabled = true }
      stopTimeout     = 120
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = local.platform.log_group
          awslogs-region        = local.region
          awslogs-stream-prefix = var.project
        }
      }
    },
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = local.platform.file_system_id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = local.platform.access_point_id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "task_role" {
  name = "${local.prefix}-${var.project}-task"
  path = "/${local.prefix}/"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Assume"
        Effect    = "Allow"
        Principal = { Service = "ecs-tasks.amazonaws.com" }
        Action    = ["sts:AssumeRole"]
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:*" }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "task_role_permissions" {
  name = "task_role"
  role = aws_iam_role.task_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadFiles"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.infrastructure.bucket}/*"]
      },
      {
        Sid      = "WriteFiles"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.infrastructure.bucket}/*"]
      },
      {
        Sid      = "ListFiles"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.infrastructure.bucket}"]
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.platform.log_bucket}/dag_id=${var.project}__*"]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.platform.log_bucket}/dag_id=${var.project}__*"]
      },
      {
        Sid       = "ListLogs"
        Effect    = "Allow"
        Action    = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource  = ["arn:${local.partition}:s3:::${local.platform.log_bucket}"]
        Condition = { StringLike = { "s3:prefix" = "dag_id=${var.project}__*" } }
      },
      {
        Sid    = "ReadSecrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/connections/${var.project}_*",
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/variables/${var.project}_*",
        ]
      },
      {
        Sid    = "MountFiles"
        Effect = "Allow"
        Action = ["elasticfilesystem:ClientMount"]
        Resource = [
          "arn:${local.partition}:elasticfilesystem:${local.region}:${local.account_id}:file-system/${local.platform.file_system_id}",
        ]
        Condition = {
          StringEquals = {
            "elasticfilesystem:AccessPointArn" = "arn:${local.partition}:elasticfilesystem:${local.region}:${local.account_id}:access-point/${local.platform.access_point_id}"
          }
        }
      },
    ]
  })
}

resource "aws_secretsmanager_secret" "variables" {
  for_each                = var.variables
  description             = "Airflow variable ${var.project}_${each.key}"
  name                    = "${local.prefix}/variables/${var.project}_${each.key}"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "variables_value" {
  for_each                 = var.variables
  secret_id                = aws_secretsmanager_secret.variables[each.key].id
  secret_string_wo         = each.value
  secret_string_wo_version = floor(parseint(substr(sha256(each.value), 0, 8), 16) / 2) + 1
}
