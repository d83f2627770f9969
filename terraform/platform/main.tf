# Written by `make modules` from modules/platform: change that, not this file.

locals {
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  region      = data.aws_region.current.name
  prefix      = "airflow-${var.environment}"
  with_ecs    = strcontains(var.executor, "ecs")
  with_celery = strcontains(var.executor, "celery")
  with_local  = var.executor == "local"
  with_flower = local.with_celery && var.flower
  executor_classes = {
    ecs    = "ecs:airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
    celery = "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor"
    local  = "LocalExecutor"
  }
  executor         = join(",", [for name in split(",", var.executor) : local.executor_classes[name]])
  image            = var.image_digest == null ? "docker.io/apache/airflow:${var.image_version}" : "${aws_ecr_repository.registry.repository_url}@${var.image_digest}"
  url              = "${var.insecure_http ? "http" : "https"}://${var.domain == null ? aws_lb.entry.dns_name : var.domain}"
  airflow_settings = merge([for section, keys in var.airflow_settings : { for key, value in keys : upper("AIRFLOW__${section}__${key}") => value }]...)
  cidr             = var.vpc == null ? var.existing_vpc.cidr : var.vpc.cidr
  nat              = var.vpc == null ? null : var.vpc.nat
  public_tasks     = local.nat == "none"
  zones = {
    for index, zone in try(var.vpc.zones, []) : substr(zone, -1, 1) => {
      name    = zone
      public  = try(var.vpc.public_subnets[index], cidrsubnet(var.vpc.cidr, 4, index))
      private = try(var.vpc.private_subnets[index], cidrsubnet(var.vpc.cidr, 4, index + 8))
    }
  }
  nat_zones = {
    for letter, zone in local.zones : letter => local.nat == "one" ? substr(var.vpc.zones[0], -1, 1) : letter
    if local.nat != "none"
  }
  vpc_id             = var.vpc == null ? var.existing_vpc.vpc_id : one(aws_vpc.network[*].id)
  public_subnet_ids  = var.vpc == null ? var.existing_vpc.public_subnet_ids : values(aws_subnet.network_public)[*].id
  private_subnet_ids = var.vpc == null ? var.existing_vpc.private_subnet_ids : values(aws_subnet.network_private)[*].id
  mount_subnet_ids   = var.vpc == null ? { for index, id in try(var.existing_vpc.private_subnet_ids, []) : tostring(index) => id } : { for letter, subnet in aws_subnet.network_private : letter => subnet.id }
  container = {
    image           = local.image
    user            = "50000:0"
    linuxParameters = { initProcessEnabled = true }
    stopTimeout     = 120
  }
  environment = {
    AIRFLOW__API__BASE_URL                                           = local.url
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
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL                          = "http://api-server.${local.prefix}.internal:8080/execution/"
    AIRFLOW__CORE__EXECUTOR                                          = local.executor
    AIRFLOW__CORE__LOAD_EXAMPLES                                     = "False"
    AIRFLOW__CORE__MAX_MAP_LENGTH                                    = "10000"
    AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL                = "1"
    AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST = jsonencode([
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
    ])
    AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL   = "60"
    AIRFLOW__DATABASE__CHECK_MIGRATIONS        = "False"
    AIRFLOW__FAB__CONFIG_FILE                  = "/opt/airflow/config/webserver_config.py"
    AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET = "stdout"
    AIRFLOW__LOGGING__JSON_LOGS                = "True"
    AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER   = "s3://${local.prefix}-logs-${local.account_id}"
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
  }
  component_environment = merge(
    { FORWARDED_ALLOW_IPS = local.cidr },
    !local.with_ecs ? {
      AIRFLOW_ON_AWS_API_SECRET = aws_secretsmanager_secret_version.keys_service_account_value.arn
      AIRFLOW_ON_AWS_REGISTRY   = "/${local.prefix}/projects"
    } : {},
    local.with_ecs ? {
      AIRFLOW_ON_AWS_ADMIN_TASK = jsonencode({
        executor        = "ecs"
        executor_config = { taskDefinition = "${local.prefix}-admin-task" }
      })
    } : {},
    local.airflow_settings,
  )
  ecs_tasks_trust = jsonencode({
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
  task_subnet_ids = local.public_tasks ? local.public_subnet_ids : local.private_subnet_ids
  broker_url      = local.with_celery ? "rediss://${one(aws_elasticache_replication_group.broker[*].primary_endpoint_address)}:6379/0?ssl_cert_reqs=required&credential_provider=airflow_on_aws.celery.elasticache.IamToken" : null
  scheduler_environment = merge(
    local.with_celery ? {
      AIRFLOW_ON_AWS_BROKER = jsonencode({
        cache = "${local.prefix}-broker"
        user  = "${local.prefix}-celery"
      })
      AIRFLOW__CELERY__BROKER_URL     = local.broker_url
      AIRFLOW__CELERY__RESULT_BACKEND = local.broker_url
    } : {},
    local.with_ecs ? {
      AIRFLOW__AWS_ECS_EXECUTOR__ASSIGN_PUBLIC_IP = local.public_tasks ? "True" : "False"
      AIRFLOW__AWS_ECS_EXECUTOR__CLUSTER          = local.prefix
      AIRFLOW__AWS_ECS_EXECUTOR__CONN_ID          = ""
      AIRFLOW__AWS_ECS_EXECUTOR__CONTAINER_NAME   = "airflow-task"
      AIRFLOW__AWS_ECS_EXECUTOR__REGION_NAME      = local.region
      AIRFLOW__AWS_ECS_EXECUTOR__RUN_TASK_KWARGS = jsonencode({
        capacity_provider_strategy = [
          {
            capacityProvider = var.task_spot ? "FARGATE_SPOT" : "FARGATE"
            weight           = 1
          },
        ]
      })
      AIRFLOW__AWS_ECS_EXECUTOR__SECURITY_GROUPS = aws_security_group.tasks_firewall.id
      AIRFLOW__AWS_ECS_EXECUTOR__SUBNETS         = join(",", local.task_subnet_ids)
      AIRFLOW__AWS_ECS_EXECUTOR__TASK_DEFINITION = "${local.prefix}-task"
    } : {},
  )
  fargate_memory = {
    "256"   = [512, 1024, 2048]
    "512"   = [1024, 2048, 3072, 4096]
    "1024"  = [2048, 3072, 4096, 5120, 6144, 7168, 8192]
    "2048"  = [4096, 5120, 6144, 7168, 8192, 9216, 10240, 11264, 12288, 13312, 14336, 15360, 16384]
    "4096"  = [8192, 9216, 10240, 11264, 12288, 13312, 14336, 15360, 16384, 17408, 18432, 19456, 20480, 21504, 22528, 23552, 24576, 25600, 26624, 27648, 28672, 29696, 30720]
    "8192"  = [16384, 20480, 24576, 28672, 32768, 36864, 40960, 45056, 49152, 53248, 57344, 61440]
    "16384" = [32768, 40960, 49152, 57344, 65536, 73728, 81920, 90112, 98304, 106496, 114688, 122880]
  }
  reserved_settings = [
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__API__BASE_URL",
    "AIRFLOW__API__EXPOSE_CONFIG",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API__WORKER_TIMEOUT",
    "AIRFLOW__AWS_ECS_EXECUTOR__ASSIGN_PUBLIC_IP",
    "AIRFLOW__AWS_ECS_EXECUTOR__CLUSTER",
    "AIRFLOW__AWS_ECS_EXECUTOR__CONN_ID",
    "AIRFLOW__AWS_ECS_EXECUTOR__CONTAINER_NAME",
    "AIRFLOW__AWS_ECS_EXECUTOR__REGION_NAME",
    "AIRFLOW__AWS_ECS_EXECUTOR__RUN_TASK_KWARGS",
    "AIRFLOW__AWS_ECS_EXECUTOR__SECURITY_GROUPS",
    "AIRFLOW__AWS_ECS_EXECUTOR__SUBNETS",
    "AIRFLOW__AWS_ECS_EXECUTOR__TASK_DEFINITION",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SOCKET_CONNECT_TIMEOUT",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SOCKET_TIMEOUT",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT",
    "AIRFLOW__CELERY__BROKER_URL",
    "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS",
    "AIRFLOW__CELERY__OPERATION_TIMEOUT",
    "AIRFLOW__CELERY__RESULT_BACKEND",
    "AIRFLOW__CELERY__TASK_ACKS_LATE",
    "AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY",
    "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER",
    "AIRFLOW__CORE__AUTH_MANAGER",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    "AIRFLOW__CORE__EXECUTOR",
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__CORE__LOAD_EXAMPLES",
    "AIRFLOW__CORE__MAX_MAP_LENGTH",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL",
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL",
    "AIRFLOW__DATABASE__CHECK_MIGRATIONS",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__FAB__CONFIG_FILE",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET",
    "AIRFLOW__LOGGING__JSON_LOGS",
    "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER",
    "AIRFLOW__LOGGING__REMOTE_LOGGING",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT",
    "AIRFLOW__SECRETS__BACKEND",
    "AIRFLOW__SECRETS__BACKEND_KWARGS",
    "AIRFLOW__WORKERS__EXECUTION_API_RETRIES",
    "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX",
    "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL",
  ]
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

ephemeral "aws_secretsmanager_random_password" "database_random" {
  exclude_punctuation = true
  password_length     = 32
}

ephemeral "aws_secretsmanager_secret_version" "database_stored_password" {
  secret_id = aws_secretsmanager_secret_version.database_password_value.secret_id
}

ephemeral "aws_secretsmanager_random_password" "keys_admin" {
  exclude_punctuation = true
  password_length     = 24
}

ephemeral "aws_secretsmanager_secret_version" "keys_database_password" {
  secret_id = aws_secretsmanager_secret_version.database_password_value.secret_id
}

ephemeral "aws_secretsmanager_random_password" "keys_fernet" {
  exclude_punctuation = true
  password_length     = 32
}

ephemeral "aws_secretsmanager_random_password" "keys_jwt" {
  exclude_punctuation = true
  password_length     = 96
}

ephemeral "aws_secretsmanager_random_password" "keys_service" {
  exclude_punctuation = true
  password_length     = 32
}

ephemeral "aws_secretsmanager_random_password" "keys_session" {
  exclude_punctuation = true
  password_length     = 64
}

ephemeral "aws_secretsmanager_secret_version" "keys_stored_service_password" {
  secret_id = aws_secretsmanager_secret_version.keys_service_password_value.secret_id
}

resource "aws_ecs_task_definition" "admin_task" {
  count                    = local.with_ecs ? 1 : 0
  cpu                      = var.task_cpu
  execution_role_arn       = aws_iam_role.task_execution.arn
  family                   = "${local.prefix}-admin-task"
  memory                   = var.task_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = one(aws_iam_role.admin_task_role[*].arn)
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name      = "airflow-task"
        command   = []
        essential = true
        environment = [for name, value in merge(
          local.environment,
          {
            AIRFLOW_ON_AWS_API_SECRET = aws_secretsmanager_secret_version.keys_service_account_value.arn
            AIRFLOW_ON_AWS_REGISTRY   = "/${local.prefix}/projects"
          },
        ) : { name = name, value = tostring(value) }]
        secrets      = []
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = false
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.cluster_task_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "platform"
          }
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "admin_task_role" {
  count              = local.with_ecs ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-admin-task"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "admin_task_role_permissions" {
  count = local.with_ecs ? 1 : 0
  name  = "admin_task_role"
  role  = one(aws_iam_role.admin_task_role[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      },
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      {
        Sid    = "ReadRegistry"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = [
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects",
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects/*",
        ]
      },
      {
        Sid       = "WriteFolder"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientWrite"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      {
        Sid      = "ReadServiceAccount"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [aws_secretsmanager_secret_version.keys_service_account_value.arn]
      },
      {
        Sid    = "ReadAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      },
      {
        Sid    = "ReadDeployKeys"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/deploy-keys/*",
        ]
      },
      {
        Sid    = "MakeAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:CreateSecret"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      },
    ]
  })
}

resource "aws_ecs_service" "api_server" {
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.api_server_min_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  health_check_grace_period_seconds  = 180
  name                               = "api-server"
  propagate_tags                     = "SERVICE"
  task_definition                    = aws_ecs_task_definition.api_server_task.arn
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = var.api_server_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  load_balancer {
    container_name   = "api-server"
    container_port   = 8080
    target_group_arn = aws_lb_target_group.entry_api_server.arn
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    security_groups  = [aws_security_group.api_server_firewall.id]
    subnets          = local.task_subnet_ids
  }

  service_registries {
    registry_arn = aws_service_discovery_service.api_server_private_name.arn
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_efs_mount_target.files_mount, aws_lb_listener.entry_http, aws_lb_listener.entry_https]

  lifecycle {
    ignore_changes = [desired_count]

    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.api_server_task.arn
      error_message = "api-server did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/api-server says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "api_server_execution" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-api-server-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "api_server_execution_permissions" {
  name = "execution"
  role = aws_iam_role.api_server_execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.api_server_logs.arn}:log-stream:*"]
      },
      {
        Sid    = "ReadSecrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = compact([
          aws_secretsmanager_secret_version.keys_admin_password_value.arn,
          aws_secretsmanager_secret_version.keys_database_url_value.arn,
          aws_secretsmanager_secret_version.keys_fernet_key_value.arn,
          aws_secretsmanager_secret_version.keys_jwt_secret_value.arn,
          aws_secretsmanager_secret_version.keys_secret_key_value.arn,
          aws_secretsmanager_secret_version.keys_service_password_value.arn,
          var.sign_in != null ? var.sign_in.client_secret_arn : null,
        ])
      },
    ]
  })
}

resource "aws_security_group" "api_server_firewall" {
  description = "Around ${local.prefix}-api-server"
  name        = "${local.prefix}-api-server"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "api_server_firewall_from_entry_8080" {
  description                  = "entry to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.entry_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "api_server_firewall_from_tasks_8080" {
  description                  = "tasks to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.tasks_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "api_server_firewall_from_worker_8080" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.worker_firewall[*].id)
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_database_5432" {
  description                  = "api-server to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.database_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_files_2049" {
  description                  = "api-server to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_flower_5555" {
  count                        = local.with_flower ? 1 : 0
  description                  = "api-server to flower"
  from_port                    = 5555
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.flower_firewall[*].id)
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 5555
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_https" {
  cidr_ipv4         = "0.0.0.0/0"
  description       = "api-server to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.api_server_firewall.id
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_scheduler_8793" {
  count                        = local.with_local ? 1 : 0
  description                  = "api-server to scheduler"
  from_port                    = 8793
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.scheduler_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8793
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_triggerer_8794" {
  description                  = "api-server to triggerer"
  from_port                    = 8794
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.triggerer_firewall.id
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8794
}

resource "aws_vpc_security_group_egress_rule" "api_server_firewall_to_worker_8793" {
  count                        = local.with_celery ? 1 : 0
  description                  = "api-server to worker"
  from_port                    = 8793
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.worker_firewall[*].id)
  security_group_id            = aws_security_group.api_server_firewall.id
  to_port                      = 8793
}

resource "aws_cloudwatch_log_group" "api_server_logs" {
  name              = "/${local.prefix}/api-server"
  retention_in_days = var.log_component_days
}

resource "aws_service_discovery_service" "api_server_private_name" {
  force_destroy = true
  name          = "api-server"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.cluster_domain.id
    routing_policy = "MULTIVALUE"

    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}

resource "aws_iam_role" "api_server_role" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-api-server"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "api_server_role_permissions" {
  name = "role"
  role = aws_iam_role.api_server_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      },
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_appautoscaling_target" "api_server_scaling" {
  max_capacity       = var.api_server_max_count
  min_capacity       = var.api_server_min_count
  resource_id        = "service/${local.prefix}/${aws_ecs_service.api_server.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}

resource "aws_appautoscaling_policy" "api_server_scaling_by_cpu" {
  name               = "${local.prefix}-cpu"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.api_server_scaling.resource_id
  scalable_dimension = aws_appautoscaling_target.api_server_scaling.scalable_dimension
  service_namespace  = aws_appautoscaling_target.api_server_scaling.service_namespace

  target_tracking_scaling_policy_configuration {
    target_value = var.api_server_cpu_target

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_ecs_task_definition" "api_server_task" {
  cpu                      = var.api_server_cpu
  execution_role_arn       = aws_iam_role.api_server_execution.arn
  family                   = "${local.prefix}-api-server"
  memory                   = var.api_server_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.api_server_role.arn
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name = "migration"
        command = [
          "bash",
          "-c",
          "if [ -e \"$PYTHONPATH/airflow_on_aws/database/migration.py\" ]; then exec python -m airflow_on_aws.database.migration migrate admin=ADMIN_PASSWORD admin-dags=SERVICE_PASSWORD; fi; airflow db migrate && create() { printf '%s\\n%s\\n' \"$2\" \"$2\" | airflow users create --username \"$1\" --role Admin --firstname Platform --lastname \"$1\" --email \"$1@localhost\"; } && create admin \"$ADMIN_PASSWORD\" && if [ -n \"$SERVICE_PASSWORD\" ]; then create admin-dags \"$SERVICE_PASSWORD\"; fi",
        ]
        essential = false
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          local.with_flower ? { AIRFLOW_ON_AWS_FLOWER = "http://flower.${local.prefix}.internal:5555" } : {},
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          ADMIN_PASSWORD                      = aws_secretsmanager_secret_version.keys_admin_password_value.arn
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
          SERVICE_PASSWORD                    = aws_secretsmanager_secret_version.keys_service_password_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.api_server_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
      },
    ),
    merge(
      local.container,
      {
        name      = "api-server"
        command   = ["api-server", "--proxy-headers"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          var.sign_in != null ? {
            AIRFLOW_OAUTH_ALLOWED_DOMAINS = join(",", var.sign_in.allowed_domains)
            AIRFLOW_OAUTH_CLIENT_ID       = var.sign_in.client_id
            AIRFLOW_OAUTH_DEFAULT_ROLE    = var.sign_in.default_role
            AIRFLOW_OAUTH_PROVIDER        = var.sign_in.provider
          } : {},
          try(var.sign_in.groups_claim, null) != null ? { AIRFLOW_OAUTH_GROUPS_CLAIM = var.sign_in.groups_claim } : {},
          try(var.sign_in.group_roles, null) != null ? { AIRFLOW_OAUTH_GROUP_ROLES = jsonencode(var.sign_in.group_roles) } : {},
          try(var.sign_in.issuer, null) != null ? { AIRFLOW_OAUTH_ISSUER = var.sign_in.issuer } : {},
          local.with_flower ? { AIRFLOW_ON_AWS_FLOWER = "http://flower.${local.prefix}.internal:5555" } : {},
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in merge(
          {
            AIRFLOW__API_AUTH__JWT_SECRET       = aws_secretsmanager_secret_version.keys_jwt_secret_value.arn
            AIRFLOW__API__SECRET_KEY            = aws_secretsmanager_secret_version.keys_secret_key_value.arn
            AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
          },
          var.sign_in != null ? { AIRFLOW_OAUTH_CLIENT_SECRET = var.sign_in.client_secret_arn } : {},
        ) : { name = name, valueFrom = value }]
        portMappings = [
          {
            containerPort = 8080
            hostPort      = 8080
            protocol      = "tcp"
          },
        ]
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.api_server_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        dependsOn = [
          {
            containerName = "migration"
            condition     = "SUCCESS"
          },
        ]
        healthCheck = {
          command     = ["CMD-SHELL", "curl --fail --silent http://localhost:8080/api/v2/version || exit 1"]
          interval    = 10
          timeout     = 10
          retries     = 9
          startPeriod = 120
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_bucket" "audit" {
  bucket        = "${local.prefix}-audit-${local.account_id}"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_policy" "audit_access" {
  bucket = aws_s3_bucket.audit.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}",
          "arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}/*",
        ]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "ReceiveAccessLogs"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = ["s3:PutObject"]
        Resource = [
          "arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}/load-balancer/AWSLogs/${local.account_id}/*",
        ]
      },
      {
        Sid       = "ReceiveFlowLogs"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = ["s3:PutObject"]
        Resource = [
          "arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}/AWSLogs/${local.account_id}/*",
        ]
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
      {
        Sid       = "CheckFlowLogBucket"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
        Resource  = ["arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}"]
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit_encryption" {
  bucket = aws_s3_bucket.audit.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "audit_lifecycle" {
  bucket = aws_s3_bucket.audit.id

  rule {
    id     = "clean-up"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      days = 365
    }

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.audit_versions]
}

resource "aws_s3_bucket_public_access_block" "audit_public_access" {
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.audit.id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "audit_versions" {
  bucket = aws_s3_bucket.audit.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_elasticache_replication_group" "broker" {
  count                      = local.with_celery ? 1 : 0
  apply_immediately          = true
  at_rest_encryption_enabled = "true"
  auto_minor_version_upgrade = "true"
  automatic_failover_enabled = var.broker_nodes != 1
  description                = "Celery's broker of ${local.prefix}"
  engine                     = "valkey"
  engine_version             = "8.0"
  multi_az_enabled           = var.broker_nodes != 1
  node_type                  = var.broker_node_type
  num_cache_clusters         = var.broker_nodes
  parameter_group_name       = one(aws_elasticache_parameter_group.broker_parameters[*].name)
  port                       = 6379
  replication_group_id       = "${local.prefix}-broker"
  security_group_ids         = [one(aws_security_group.broker_firewall[*].id)]
  subnet_group_name          = one(aws_elasticache_subnet_group.broker_subnets[*].name)
  transit_encryption_enabled = true
  user_group_ids             = [one(aws_elasticache_user_group.broker_users[*].id)]
}

resource "aws_elasticache_user" "broker_celery" {
  count         = local.with_celery ? 1 : 0
  access_string = "on ~* &* +@all -@admin -@dangerous +info"
  engine        = "valkey"
  user_id       = "${local.prefix}-celery"
  user_name     = "${local.prefix}-celery"

  authentication_mode {
    type = "iam"
  }
}

resource "aws_security_group" "broker_firewall" {
  count       = local.with_celery ? 1 : 0
  description = "Around ${local.prefix}-broker"
  name        = "${local.prefix}-broker"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "broker_firewall_from_flower_6379" {
  count                        = local.with_flower ? 1 : 0
  description                  = "flower to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.flower_firewall[*].id)
  security_group_id            = one(aws_security_group.broker_firewall[*].id)
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "broker_firewall_from_scheduler_6379" {
  count                        = local.with_celery ? 1 : 0
  description                  = "scheduler to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.scheduler_firewall.id
  security_group_id            = one(aws_security_group.broker_firewall[*].id)
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "broker_firewall_from_worker_6379" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.worker_firewall[*].id)
  security_group_id            = one(aws_security_group.broker_firewall[*].id)
  to_port                      = 6379
}

resource "aws_elasticache_parameter_group" "broker_parameters" {
  count  = local.with_celery ? 1 : 0
  family = "valkey8"
  name   = "${local.prefix}-broker"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_subnet_group" "broker_subnets" {
  count      = local.with_celery ? 1 : 0
  name       = "${local.prefix}-broker"
  subnet_ids = local.private_subnet_ids
}

resource "aws_elasticache_user_group" "broker_users" {
  count         = local.with_celery ? 1 : 0
  engine        = "valkey"
  user_group_id = "${local.prefix}-celery"
  user_ids      = [one(aws_elasticache_user.broker_celery[*].user_id)]
}

resource "aws_ecs_cluster" "cluster" {
  name = local.prefix

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  depends_on = [aws_cloudwatch_log_group.cluster_insights]
}

resource "aws_ecs_cluster_capacity_providers" "cluster_capacity" {
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  cluster_name       = aws_ecs_cluster.cluster.name

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

resource "aws_service_discovery_private_dns_namespace" "cluster_domain" {
  description = "Services of ${local.prefix}"
  name        = "${local.prefix}.internal"
  vpc         = local.vpc_id
}

resource "aws_cloudwatch_log_group" "cluster_insights" {
  name              = "/aws/ecs/containerinsights/${local.prefix}/performance"
  retention_in_days = var.log_component_days
}

resource "aws_cloudwatch_log_group" "cluster_task_logs" {
  name              = "/${local.prefix}/tasks"
  retention_in_days = var.log_component_days
}

resource "aws_ecs_service" "dag_processor" {
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.dag_processor_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  name                               = "dag-processor"
  propagate_tags                     = "SERVICE"
  task_definition                    = aws_ecs_task_definition.dag_processor_task.arn
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = var.dag_processor_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    security_groups  = [aws_security_group.dag_processor_firewall.id]
    subnets          = local.task_subnet_ids
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_ecs_service.api_server, aws_efs_mount_target.files_mount]

  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.dag_processor_task.arn
      error_message = "dag-processor did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/dag-processor says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "dag_processor_execution" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-dag-processor-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "dag_processor_execution_permissions" {
  name = "execution"
  role = aws_iam_role.dag_processor_execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.dag_processor_logs.arn}:log-stream:*"]
      },
      {
        Sid    = "ReadSecrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          aws_secretsmanager_secret_version.keys_database_url_value.arn,
          aws_secretsmanager_secret_version.keys_fernet_key_value.arn,
        ]
      },
    ]
  })
}

resource "aws_security_group" "dag_processor_firewall" {
  description = "Around ${local.prefix}-dag-processor"
  name        = "${local.prefix}-dag-processor"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "dag_processor_firewall_to_database_5432" {
  description                  = "dag-processor to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.database_firewall.id
  security_group_id            = aws_security_group.dag_processor_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "dag_processor_firewall_to_files_2049" {
  description                  = "dag-processor to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = aws_security_group.dag_processor_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "dag_processor_firewall_to_https" {
  cidr_ipv4         = "0.0.0.0/0"
  description       = "dag-processor to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.dag_processor_firewall.id
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "dag_processor_logs" {
  name              = "/${local.prefix}/dag-processor"
  retention_in_days = var.log_component_days
}

resource "aws_iam_role" "dag_processor_role" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-dag-processor"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "dag_processor_role_permissions" {
  name = "role"
  role = aws_iam_role.dag_processor_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_ecs_task_definition" "dag_processor_task" {
  cpu                      = var.dag_processor_cpu
  execution_role_arn       = aws_iam_role.dag_processor_execution.arn
  family                   = "${local.prefix}-dag-processor"
  memory                   = var.dag_processor_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.dag_processor_role.arn
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name = "migration"
        command = [
          "bash",
          "-c",
          "if [ -e \"$PYTHONPATH/airflow_on_aws/database/migration.py\" ]; then exec python -m airflow_on_aws.database.migration wait; fi; exec airflow db check-migrations --migration-wait-timeout 600",
        ]
        essential = false
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.dag_processor_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
      },
    ),
    merge(
      local.container,
      {
        name      = "dag-processor"
        command   = ["dag-processor"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.dag_processor_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        dependsOn = [
          {
            containerName = "migration"
            condition     = "SUCCESS"
          },
        ]
        healthCheck = {
          command = [
            "CMD-SHELL",
            "if [ -e \"$PYTHONPATH/airflow_on_aws/database/job_check.py\" ]; then python -m airflow_on_aws.database.job_check DagProcessorJob; else airflow jobs check --job-type DagProcessorJob --local; fi || exit 1",
          ]
          interval    = 30
          timeout     = 50
          retries     = 6
          startPeriod = 180
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "database" {
  allocated_storage               = var.database_storage_gb
  auto_minor_version_upgrade      = true
  backup_retention_period         = var.database_backup_retention_days
  copy_tags_to_snapshot           = true
  db_name                         = "airflow"
  db_subnet_group_name            = aws_db_subnet_group.database_subnets.name
  delete_automated_backups        = !var.protected
  deletion_protection             = var.protected
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  engine                          = "postgres"
  engine_version                  = var.database_engine_version
  final_snapshot_identifier       = var.protected ? "${local.prefix}-database-final" : null
  identifier                      = "${local.prefix}-database"
  instance_class                  = var.database_instance_class
  max_allocated_storage           = var.database_max_storage_gb
  multi_az                        = var.database_multi_az
  parameter_group_name            = aws_db_parameter_group.database_parameters.name
  password_wo                     = ephemeral.aws_secretsmanager_secret_version.database_stored_password.secret_string
  password_wo_version             = 1
  performance_insights_enabled    = var.database_performance_insights
  port                            = 5432
  publicly_accessible             = false
  skip_final_snapshot             = !var.protected
  storage_encrypted               = true
  storage_type                    = "gp3"
  username                        = "airflow"
  vpc_security_group_ids          = [aws_security_group.database_firewall.id]

  depends_on = [aws_cloudwatch_log_group.database_postgresql_logs, aws_cloudwatch_log_group.database_upgrade_logs]
}

resource "aws_security_group" "database_firewall" {
  description = "Around ${local.prefix}-database"
  name        = "${local.prefix}-database"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "database_firewall_from_api_server_5432" {
  description                  = "api-server to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.database_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database_firewall_from_dag_processor_5432" {
  description                  = "dag-processor to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.dag_processor_firewall.id
  security_group_id            = aws_security_group.database_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database_firewall_from_scheduler_5432" {
  description                  = "scheduler to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.scheduler_firewall.id
  security_group_id            = aws_security_group.database_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database_firewall_from_triggerer_5432" {
  description                  = "triggerer to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.triggerer_firewall.id
  security_group_id            = aws_security_group.database_firewall.id
  to_port                      = 5432
}

resource "aws_db_parameter_group" "database_parameters" {
  family = "postgres${split(".", var.database_engine_version)[0]}"
  name   = "${local.prefix}-database"

  parameter {
    apply_method = "immediate"
    name         = "rds.force_ssl"
    value        = "1"
  }
}

resource "aws_secretsmanager_secret" "database_password" {
  description             = "Password of airflow at ${local.prefix}-database"
  name                    = "${local.prefix}/database-password"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "database_password_value" {
  secret_id                = aws_secretsmanager_secret.database_password.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.database_random.random_password
  secret_string_wo_version = 1
}

resource "aws_cloudwatch_log_group" "database_postgresql_logs" {
  name              = "/aws/rds/instance/${local.prefix}-database/postgresql"
  retention_in_days = 90
}

resource "aws_db_subnet_group" "database_subnets" {
  name       = "${local.prefix}-database"
  subnet_ids = local.private_subnet_ids
}

resource "aws_cloudwatch_log_group" "database_upgrade_logs" {
  name              = "/aws/rds/instance/${local.prefix}-database/upgrade"
  retention_in_days = 90
}

resource "aws_lb" "entry" {
  desync_mitigation_mode     = "defensive"
  drop_invalid_header_fields = true
  enable_deletion_protection = var.protected
  idle_timeout               = 120
  internal                   = var.internal
  load_balancer_type         = "application"
  name                       = "${local.prefix}-entry"
  preserve_host_header       = true
  security_groups            = [aws_security_group.entry_firewall.id]
  subnets                    = var.internal ? local.private_subnet_ids : local.public_subnet_ids

  access_logs {
    bucket  = "${local.prefix}-audit-${local.account_id}"
    enabled = true
    prefix  = "load-balancer"
  }

  depends_on = [aws_s3_bucket_policy.audit_access]
}

resource "aws_lb_target_group" "entry_api_server" {
  deregistration_delay = "30"
  name                 = "${local.prefix}-api"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = local.vpc_id

  health_check {
    healthy_threshold   = 2
    interval            = 10
    matcher             = "200"
    path                = "/api/v2/version"
    timeout             = 9
    unhealthy_threshold = 9
  }
}

resource "aws_security_group" "entry_firewall" {
  description = "Around ${local.prefix}-entry"
  name        = "${local.prefix}-entry"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "entry_firewall_from_outside_443" {
  for_each          = { for key, value in toset(var.allowed_cidrs) : key => value if !var.insecure_http }
  cidr_ipv4         = each.key
  description       = "${each.key} to entry"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.entry_firewall.id
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "entry_firewall_from_outside_80" {
  for_each          = toset(var.allowed_cidrs)
  cidr_ipv4         = each.key
  description       = "${each.key} to entry"
  from_port         = 80
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.entry_firewall.id
  to_port           = 80
}

resource "aws_vpc_security_group_egress_rule" "entry_firewall_to_api_server_8080" {
  description                  = "entry to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.entry_firewall.id
  to_port                      = 8080
}

resource "aws_lb_listener" "entry_http" {
  load_balancer_arn = aws_lb.entry.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    target_group_arn = var.insecure_http ? aws_lb_target_group.entry_api_server.arn : null
    type             = var.insecure_http ? "forward" : "redirect"

    dynamic "redirect" {
      for_each = !var.insecure_http ? [1] : []

      content {
        port        = "443"
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "entry_https" {
  count             = !var.insecure_http ? 1 : 0
  certificate_arn   = var.certificate_arn
  load_balancer_arn = aws_lb.entry.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    target_group_arn = aws_lb_target_group.entry_api_server.arn
    type             = "forward"
  }
}

resource "aws_efs_file_system" "files" {
  encrypted       = true
  tags            = { Name = local.prefix }
  throughput_mode = "elastic"

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }
}

resource "aws_efs_file_system_policy" "files_access" {
  file_system_id = aws_efs_file_system.files.id
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "1"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "elasticfilesystem:ClientMount",
          "elasticfilesystem:ClientWrite",
          "elasticfilesystem:ClientRootAccess",
        ]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_efs_backup_policy" "files_backup" {
  file_system_id = aws_efs_file_system.files.id

  backup_policy {
    status = var.protected ? "ENABLED" : "DISABLED"
  }
}

resource "aws_security_group" "files_firewall" {
  description = "Around ${local.prefix}-files"
  name        = "${local.prefix}-files"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_api_server_2049" {
  description                  = "api-server to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_dag_processor_2049" {
  description                  = "dag-processor to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.dag_processor_firewall.id
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_scheduler_2049" {
  count                        = local.with_local ? 1 : 0
  description                  = "scheduler to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.scheduler_firewall.id
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_tasks_2049" {
  description                  = "tasks to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.tasks_firewall.id
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_triggerer_2049" {
  description                  = "triggerer to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.triggerer_firewall.id
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_ingress_rule" "files_firewall_from_worker_2049" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.worker_firewall[*].id)
  security_group_id            = aws_security_group.files_firewall.id
  to_port                      = 2049
}

resource "aws_efs_mount_target" "files_mount" {
  for_each        = local.mount_subnet_ids
  file_system_id  = aws_efs_file_system.files.id
  security_groups = [aws_security_group.files_firewall.id]
  subnet_id       = each.value
}

resource "aws_efs_access_point" "files_projects" {
  file_system_id = aws_efs_file_system.files.id
  tags           = { Name = "${local.prefix}-projects" }

  posix_user {
    gid = 0
    uid = 50000
  }

  root_directory {
    path = "/projects"

    creation_info {
      owner_gid   = 0
      owner_uid   = 50000
      permissions = "0755"
    }
  }
}

resource "aws_ecs_service" "flower" {
  count                              = local.with_flower ? 1 : 0
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = 1
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  name                               = "flower"
  propagate_tags                     = "SERVICE"
  task_definition                    = one(aws_ecs_task_definition.flower_task[*].arn)
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    security_groups  = [one(aws_security_group.flower_firewall[*].id)]
    subnets          = local.task_subnet_ids
  }

  service_registries {
    registry_arn = one(aws_service_discovery_service.flower_private_name[*].arn)
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_ecs_service.api_server]

  lifecycle {
    postcondition {
      condition     = self.task_definition == one(aws_ecs_task_definition.flower_task[*].arn)
      error_message = "flower did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/flower says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "flower_execution" {
  count              = local.with_flower ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-flower-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "flower_execution_permissions" {
  count = local.with_flower ? 1 : 0
  name  = "execution"
  role  = one(aws_iam_role.flower_execution[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${one(aws_cloudwatch_log_group.flower_logs[*].arn)}:log-stream:*"]
      },
    ]
  })
}

resource "aws_security_group" "flower_firewall" {
  count       = local.with_flower ? 1 : 0
  description = "Around ${local.prefix}-flower"
  name        = "${local.prefix}-flower"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "flower_firewall_from_api_server_5555" {
  count                        = local.with_flower ? 1 : 0
  description                  = "api-server to flower"
  from_port                    = 5555
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = one(aws_security_group.flower_firewall[*].id)
  to_port                      = 5555
}

resource "aws_vpc_security_group_egress_rule" "flower_firewall_to_broker_6379" {
  count                        = local.with_flower ? 1 : 0
  description                  = "flower to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.broker_firewall[*].id)
  security_group_id            = one(aws_security_group.flower_firewall[*].id)
  to_port                      = 6379
}

resource "aws_vpc_security_group_egress_rule" "flower_firewall_to_https" {
  count             = local.with_flower ? 1 : 0
  cidr_ipv4         = "0.0.0.0/0"
  description       = "flower to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = one(aws_security_group.flower_firewall[*].id)
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "flower_logs" {
  count             = local.with_flower ? 1 : 0
  name              = "/${local.prefix}/flower"
  retention_in_days = var.log_component_days
}

resource "aws_service_discovery_service" "flower_private_name" {
  count         = local.with_flower ? 1 : 0
  force_destroy = true
  name          = "flower"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.cluster_domain.id
    routing_policy = "MULTIVALUE"

    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}

resource "aws_iam_role" "flower_role" {
  count              = local.with_flower ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-flower"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "flower_role_permissions" {
  count = local.with_flower ? 1 : 0
  name  = "role"
  role  = one(aws_iam_role.flower_role[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      {
        Sid    = "ConnectToBroker"
        Effect = "Allow"
        Action = ["elasticache:Connect"]
        Resource = [
          one(aws_elasticache_replication_group.broker[*].arn),
          one(aws_elasticache_user.broker_celery[*].arn),
        ]
      },
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_ecs_task_definition" "flower_task" {
  count                    = local.with_flower ? 1 : 0
  cpu                      = "256"
  execution_role_arn       = one(aws_iam_role.flower_execution[*].arn)
  family                   = "${local.prefix}-flower"
  memory                   = "1024"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = one(aws_iam_role.flower_role[*].arn)
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name      = "flower"
        command   = ["celery", "flower", "--url-prefix", "flower"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          {
            AIRFLOW_ON_AWS_BROKER = jsonencode({
              cache = "${local.prefix}-broker"
              user  = "${local.prefix}-celery"
            })
            AIRFLOW__CELERY__BROKER_URL     = local.broker_url
            AIRFLOW__CELERY__RESULT_BACKEND = local.broker_url
          },
        ) : { name = name, value = tostring(value) }]
        secrets = []
        portMappings = [
          {
            containerPort = 5555
            hostPort      = 5555
            protocol      = "tcp"
          },
        ]
        mountPoints = []
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = one(aws_cloudwatch_log_group.flower_logs[*].name)
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        healthCheck = {
          command     = ["CMD-SHELL", "curl --fail --silent http://localhost:5555/flower/healthcheck || exit 1"]
          interval    = 10
          timeout     = 10
          retries     = 9
          startPeriod = 120
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret" "keys_admin_password" {
  description             = "Of the user admin, for the first log-in"
  name                    = "${local.prefix}/admin-password"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_admin_password_value" {
  secret_id                = aws_secretsmanager_secret.keys_admin_password.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.keys_admin.random_password
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret" "keys_database_url" {
  description             = "Airflow's metadata database, with its password"
  name                    = "${local.prefix}/database-url"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_database_url_value" {
  secret_id                = aws_secretsmanager_secret.keys_database_url.id
  secret_string_wo         = "postgresql+psycopg2://airflow:${ephemeral.aws_secretsmanager_secret_version.keys_database_password.secret_string}@${aws_db_instance.database.address}:5432/airflow?sslmode=require"
  secret_string_wo_version = 905987363
}

resource "aws_secretsmanager_secret" "keys_fernet_key" {
  description             = "Encrypts connections and variables in the metadata database"
  name                    = "${local.prefix}/fernet-key"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_fernet_key_value" {
  secret_id                = aws_secretsmanager_secret.keys_fernet_key.id
  secret_string_wo         = base64encode(ephemeral.aws_secretsmanager_random_password.keys_fernet.random_password)
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret" "keys_jwt_secret" {
  description             = "Signs the tokens of tasks and of the API"
  name                    = "${local.prefix}/jwt-secret"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_jwt_secret_value" {
  secret_id                = aws_secretsmanager_secret.keys_jwt_secret.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.keys_jwt.random_password
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret" "keys_secret_key" {
  description             = "Signs sessions and requests for logs"
  name                    = "${local.prefix}/secret-key"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_secret_key_value" {
  secret_id                = aws_secretsmanager_secret.keys_secret_key.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.keys_session.random_password
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret" "keys_service_account" {
  description             = "How the admin DAGs ask Airflow's API"
  name                    = "${local.prefix}/service-account"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_service_account_value" {
  secret_id                = aws_secretsmanager_secret.keys_service_account.id
  secret_string_wo_version = 656205077
  secret_string_wo = jsonencode({
    url      = "http://api-server.${local.prefix}.internal:8080"
    username = "admin-dags"
    password = ephemeral.aws_secretsmanager_secret_version.keys_stored_service_password.secret_string
  })
}

resource "aws_secretsmanager_secret" "keys_service_password" {
  description             = "Of the user admin-dags"
  name                    = "${local.prefix}/service-password"
  recovery_window_in_days = var.protected ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "keys_service_password_value" {
  secret_id                = aws_secretsmanager_secret.keys_service_password.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.keys_service.random_password
  secret_string_wo_version = 1
}

resource "aws_s3_bucket" "logs" {
  bucket        = "${local.prefix}-logs-${local.account_id}"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_policy" "logs_access" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource = [
          "arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}",
          "arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*",
        ]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs_encryption" {
  bucket = aws_s3_bucket.logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs_lifecycle" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "clean-up"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      days = var.log_task_days
    }

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs_versions]
}

resource "aws_s3_bucket_public_access_block" "logs_public_access" {
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.logs.id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs_versions" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_vpc" "network" {
  count                = var.vpc != null ? 1 : 0
  cidr_block           = local.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = local.prefix }
}

resource "aws_default_security_group" "network_default" {
  count  = var.vpc != null ? 1 : 0
  tags   = { Name = "${local.prefix}-default" }
  vpc_id = local.vpc_id
}

resource "aws_internet_gateway" "network_internet" {
  count  = var.vpc != null ? 1 : 0
  tags   = { Name = local.prefix }
  vpc_id = local.vpc_id
}

resource "aws_nat_gateway" "network_nat" {
  for_each      = { for key, value in toset(values(local.nat_zones)) : key => value if !local.public_tasks }
  allocation_id = aws_eip.network_nat_address[each.key].id
  subnet_id     = aws_subnet.network_public[each.key].id
  tags          = { Name = "${local.prefix}-${each.key}" }

  depends_on = [aws_internet_gateway.network_internet]
}

resource "aws_eip" "network_nat_address" {
  for_each = { for key, value in toset(values(local.nat_zones)) : key => value if !local.public_tasks }
  domain   = "vpc"
  tags     = { Name = "${local.prefix}-nat-${each.key}" }
}

resource "aws_subnet" "network_private" {
  for_each                = local.zones
  availability_zone       = each.value.name
  cidr_block              = each.value.private
  map_public_ip_on_launch = false
  tags                    = { Name = "${local.prefix}-private-${each.key}" }
  vpc_id                  = local.vpc_id
}

resource "aws_route_table_association" "network_private_link" {
  for_each       = local.zones
  route_table_id = aws_route_table.network_private_routes[each.key].id
  subnet_id      = aws_subnet.network_private[each.key].id
}

resource "aws_route" "network_private_out" {
  for_each               = { for key, value in local.nat_zones : key => value if !local.public_tasks }
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.network_nat[each.value].id
  route_table_id         = aws_route_table.network_private_routes[each.key].id
}

resource "aws_route_table" "network_private_routes" {
  for_each = local.zones
  tags     = { Name = "${local.prefix}-private-${each.key}" }
  vpc_id   = local.vpc_id
}

resource "aws_subnet" "network_public" {
  for_each                = local.zones
  availability_zone       = each.value.name
  cidr_block              = each.value.public
  map_public_ip_on_launch = false
  tags                    = { Name = "${local.prefix}-public-${each.key}" }
  vpc_id                  = local.vpc_id
}

resource "aws_route_table_association" "network_public_link" {
  for_each       = local.zones
  route_table_id = one(aws_route_table.network_public_routes[*].id)
  subnet_id      = aws_subnet.network_public[each.key].id
}

resource "aws_route" "network_public_out" {
  count                  = var.vpc != null ? 1 : 0
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = one(aws_internet_gateway.network_internet[*].id)
  route_table_id         = one(aws_route_table.network_public_routes[*].id)
}

resource "aws_route_table" "network_public_routes" {
  count  = var.vpc != null ? 1 : 0
  tags   = { Name = "${local.prefix}-public" }
  vpc_id = local.vpc_id
}

resource "aws_vpc_endpoint" "network_s3" {
  count             = var.vpc != null ? 1 : 0
  route_table_ids   = concat([one(aws_route_table.network_public_routes[*].id)], values(aws_route_table.network_private_routes)[*].id)
  service_name      = "com.amazonaws.${local.region}.s3"
  tags              = { Name = "${local.prefix}-s3" }
  vpc_endpoint_type = "Gateway"
  vpc_id            = local.vpc_id
}

resource "aws_flow_log" "network_traffic" {
  count                = var.vpc != null ? 1 : 0
  log_destination      = "arn:${local.partition}:s3:::${local.prefix}-audit-${local.account_id}"
  log_destination_type = "s3"
  tags                 = { Name = local.prefix }
  traffic_type         = "ALL"
  vpc_id               = local.vpc_id

  depends_on = [aws_s3_bucket_policy.audit_access]
}

resource "aws_ssm_parameter" "published_contract" {
  description = "The platform of an Airflow environment, for its projects."
  name        = "/${local.prefix}/platform"
  type        = "String"
  insecure_value = jsonencode({
    version                 = 1
    airflow_version         = var.image_version
    url                     = local.url
    executor                = local.executor
    image                   = local.image
    vpc_id                  = local.vpc_id
    private_subnet_ids      = local.private_subnet_ids
    task_subnet_ids         = local.task_subnet_ids
    assign_public_ip        = local.public_tasks ? "ENABLED" : "DISABLED"
    task_security_group_id  = aws_security_group.tasks_firewall.id
    cluster_arn             = aws_ecs_cluster.cluster.arn
    task_execution_role_arn = aws_iam_role.task_execution.arn
    execution_api_url       = "http://api-server.${local.prefix}.internal:8080/execution/"
    log_bucket              = "${local.prefix}-logs-${local.account_id}"
    log_group               = aws_cloudwatch_log_group.cluster_task_logs.name
    file_system_id          = aws_efs_file_system.files.id
    access_point_id         = aws_efs_access_point.files_projects.id
    dag_bundles = jsonencode([
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
    ])
  })
}

resource "aws_ecr_repository" "registry" {
  force_delete         = !var.protected
  image_tag_mutability = "IMMUTABLE"
  name                 = "${local.prefix}-airflow"

  encryption_configuration {
    encryption_type = "AES256"
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "registry_expiry" {
  repository = aws_ecr_repository.registry.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "keep the newest ${var.image_keep}"
        selection = {
          tagStatus   = "any"
          countType   = "imageCountMoreThan"
          countNumber = var.image_keep
        }
        action = { type = "expire" }
      },
    ]
  })
}

resource "aws_ecs_service" "scheduler" {
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.scheduler_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  name                               = "scheduler"
  propagate_tags                     = "SERVICE"
  task_definition                    = aws_ecs_task_definition.scheduler_task.arn
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = var.scheduler_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    subnets          = local.task_subnet_ids
    security_groups = compact([
      aws_security_group.scheduler_firewall.id,
      local.with_local ? aws_security_group.tasks_firewall.id : null,
    ])
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_ecs_service.api_server, aws_efs_mount_target.files_mount]

  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.scheduler_task.arn
      error_message = "scheduler did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/scheduler says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "scheduler_execution" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-scheduler-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "scheduler_execution_permissions" {
  name = "execution"
  role = aws_iam_role.scheduler_execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.scheduler_logs.arn}:log-stream:*"]
      },
      {
        Sid    = "ReadSecrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          aws_secretsmanager_secret_version.keys_database_url_value.arn,
          aws_secretsmanager_secret_version.keys_fernet_key_value.arn,
          aws_secretsmanager_secret_version.keys_jwt_secret_value.arn,
          aws_secretsmanager_secret_version.keys_secret_key_value.arn,
        ]
      },
    ]
  })
}

resource "aws_security_group" "scheduler_firewall" {
  description = "Around ${local.prefix}-scheduler"
  name        = "${local.prefix}-scheduler"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "scheduler_firewall_from_api_server_8793" {
  count                        = local.with_local ? 1 : 0
  description                  = "api-server to scheduler"
  from_port                    = 8793
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.scheduler_firewall.id
  to_port                      = 8793
}

resource "aws_vpc_security_group_egress_rule" "scheduler_firewall_to_broker_6379" {
  count                        = local.with_celery ? 1 : 0
  description                  = "scheduler to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.broker_firewall[*].id)
  security_group_id            = aws_security_group.scheduler_firewall.id
  to_port                      = 6379
}

resource "aws_vpc_security_group_egress_rule" "scheduler_firewall_to_database_5432" {
  description                  = "scheduler to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.database_firewall.id
  security_group_id            = aws_security_group.scheduler_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "scheduler_firewall_to_files_2049" {
  count                        = local.with_local ? 1 : 0
  description                  = "scheduler to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = aws_security_group.scheduler_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "scheduler_firewall_to_https" {
  cidr_ipv4         = "0.0.0.0/0"
  description       = "scheduler to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.scheduler_firewall.id
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "scheduler_logs" {
  name              = "/${local.prefix}/scheduler"
  retention_in_days = var.log_component_days
}

resource "aws_iam_role" "scheduler_role" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-scheduler"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "scheduler_role_permissions" {
  name = "role"
  role = aws_iam_role.scheduler_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      local.with_local ? {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      } : null,
      local.with_local ? {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      } : null,
      local.with_local ? {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      } : null,
      local.with_local ? {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      } : null,
      local.with_local ? {
        Sid    = "ReadLookups"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/connections/*",
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/variables/*",
        ]
      } : null,
      local.with_local ? {
        Sid    = "ReadRegistry"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = [
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects",
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects/*",
        ]
      } : null,
      local.with_local ? {
        Sid       = "WriteFolder"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientWrite"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      } : null,
      local.with_local ? {
        Sid      = "ReadServiceAccount"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [aws_secretsmanager_secret_version.keys_service_account_value.arn]
      } : null,
      local.with_local ? {
        Sid    = "ReadAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      } : null,
      local.with_local ? {
        Sid    = "ReadDeployKeys"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/deploy-keys/*",
        ]
      } : null,
      local.with_local ? {
        Sid    = "MakeAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:CreateSecret"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      } : null,
      local.with_ecs ? {
        Sid    = "RunTasks"
        Effect = "Allow"
        Action = ["ecs:RunTask"]
        Resource = [
          "arn:${local.partition}:ecs:${local.region}:${local.account_id}:task-definition/${local.prefix}-*task:*",
        ]
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.cluster.arn } }
      } : null,
      local.with_ecs ? {
        Sid      = "WatchTasks"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
        Resource = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${local.prefix}/*"]
      } : null,
      local.with_ecs ? {
        Sid    = "PassRoles"
        Effect = "Allow"
        Action = ["iam:PassRole"]
        Resource = [
          "arn:${local.partition}:iam::${local.account_id}:role/${local.prefix}/*-task",
          aws_iam_role.task_execution.arn,
        ]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      } : null,
      local.with_celery ? {
        Sid    = "ConnectToBroker"
        Effect = "Allow"
        Action = ["elasticache:Connect"]
        Resource = [
          one(aws_elasticache_replication_group.broker[*].arn),
          one(aws_elasticache_user.broker_celery[*].arn),
        ]
      } : null,
      local.with_celery ? {
        Sid      = "ScaleWorkers"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices", "ecs:UpdateService"]
        Resource = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:service/${local.prefix}/worker"]
      } : null,
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_ecs_task_definition" "scheduler_task" {
  cpu                      = var.scheduler_cpu
  execution_role_arn       = aws_iam_role.scheduler_execution.arn
  family                   = "${local.prefix}-scheduler"
  memory                   = var.scheduler_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.scheduler_role.arn
  container_definitions = jsonencode([for one in [
    merge(
      local.container,
      {
        name = "migration"
        command = [
          "bash",
          "-c",
          "if [ -e \"$PYTHONPATH/airflow_on_aws/database/migration.py\" ]; then exec python -m airflow_on_aws.database.migration wait; fi; exec airflow db check-migrations --migration-wait-timeout 600",
        ]
        essential = false
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          local.scheduler_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [for one in [
          local.with_local ? {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          } : null,
        ] : one if one != null]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.scheduler_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
      },
    ),
    merge(
      local.container,
      {
        name      = "scheduler"
        command   = ["scheduler"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          local.scheduler_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__API_AUTH__JWT_SECRET       = aws_secretsmanager_secret_version.keys_jwt_secret_value.arn
          AIRFLOW__API__SECRET_KEY            = aws_secretsmanager_secret_version.keys_secret_key_value.arn
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [for one in [
          local.with_local ? {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = false
          } : null,
        ] : one if one != null]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.scheduler_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        dependsOn = [
          {
            containerName = "migration"
            condition     = "SUCCESS"
          },
        ]
        healthCheck = {
          command     = ["CMD-SHELL", "curl --fail --silent http://localhost:8974/health || exit 1"]
          interval    = 10
          timeout     = 10
          retries     = 9
          startPeriod = 120
        }
      },
    ),
    local.with_celery ? merge(
      local.container,
      {
        name      = "worker-scaling"
        command   = ["python", "-m", "airflow_on_aws.celery.worker_scaling"]
        essential = false
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          {
            AIRFLOW_ON_AWS_WORKER_SCALING = jsonencode({
              cluster      = local.prefix
              service      = "worker"
              min          = var.worker_min_count
              max          = var.worker_max_count
              idle_seconds = var.worker_idle_seconds
            })
            AIRFLOW__CELERY__WORKER_CONCURRENCY = var.worker_concurrency
          },
        ) : { name = name, value = tostring(value) }]
        secrets      = [for name, value in { AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints  = []
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.scheduler_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        restartPolicy = { enabled = true }
        dependsOn = [
          {
            containerName = "migration"
            condition     = "SUCCESS"
          },
        ]
      },
    ) : null,
  ] : one if one != null])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  dynamic "volume" {
    for_each = local.with_local ? [1] : []

    content {
      name = "projects"

      efs_volume_configuration {
        file_system_id     = aws_efs_file_system.files.id
        transit_encryption = "ENABLED"

        authorization_config {
          access_point_id = aws_efs_access_point.files_projects.id
          iam             = "ENABLED"
        }
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_task_definition" "task" {
  count                    = local.with_ecs ? 1 : 0
  cpu                      = var.task_cpu
  execution_role_arn       = aws_iam_role.task_execution.arn
  family                   = "${local.prefix}-task"
  memory                   = var.task_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = one(aws_iam_role.task_role[*].arn)
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name         = "airflow-task"
        command      = []
        essential    = true
        environment  = [for name, value in local.environment : { name = name, value = tostring(value) }]
        secrets      = []
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.cluster_task_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "platform"
          }
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "task_execution" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-task-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "task_execution_permissions" {
  name = "task_execution"
  role = aws_iam_role.task_execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid    = "WriteContainerLogs"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/${local.prefix}/tasks:log-stream:*",
        ]
      },
    ]
  })
}

resource "aws_iam_role" "task_role" {
  count              = local.with_ecs ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-task"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "task_role_permissions" {
  count = local.with_ecs ? 1 : 0
  name  = "task_role"
  role  = one(aws_iam_role.task_role[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      },
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
    ]
  })
}

resource "aws_security_group" "tasks_firewall" {
  description = "Around ${local.prefix}-tasks"
  name        = "${local.prefix}-tasks"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "tasks_firewall_to_api_server_8080" {
  description                  = "tasks to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.tasks_firewall.id
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "tasks_firewall_to_files_2049" {
  description                  = "tasks to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = aws_security_group.tasks_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "tasks_firewall_to_https" {
  cidr_ipv4         = "0.0.0.0/0"
  description       = "tasks to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.tasks_firewall.id
  to_port           = 443
}

resource "aws_ecs_service" "triggerer" {
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.triggerer_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  name                               = "triggerer"
  propagate_tags                     = "SERVICE"
  task_definition                    = aws_ecs_task_definition.triggerer_task.arn
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = var.triggerer_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    security_groups  = [aws_security_group.triggerer_firewall.id]
    subnets          = local.task_subnet_ids
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_ecs_service.api_server, aws_efs_mount_target.files_mount]

  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.triggerer_task.arn
      error_message = "triggerer did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/triggerer says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "triggerer_execution" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-triggerer-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "triggerer_execution_permissions" {
  name = "execution"
  role = aws_iam_role.triggerer_execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.triggerer_logs.arn}:log-stream:*"]
      },
      {
        Sid    = "ReadSecrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          aws_secretsmanager_secret_version.keys_database_url_value.arn,
          aws_secretsmanager_secret_version.keys_fernet_key_value.arn,
          aws_secretsmanager_secret_version.keys_secret_key_value.arn,
        ]
      },
    ]
  })
}

resource "aws_security_group" "triggerer_firewall" {
  description = "Around ${local.prefix}-triggerer"
  name        = "${local.prefix}-triggerer"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "triggerer_firewall_from_api_server_8794" {
  description                  = "api-server to triggerer"
  from_port                    = 8794
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = aws_security_group.triggerer_firewall.id
  to_port                      = 8794
}

resource "aws_vpc_security_group_egress_rule" "triggerer_firewall_to_database_5432" {
  description                  = "triggerer to database"
  from_port                    = 5432
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.database_firewall.id
  security_group_id            = aws_security_group.triggerer_firewall.id
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "triggerer_firewall_to_files_2049" {
  description                  = "triggerer to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = aws_security_group.triggerer_firewall.id
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "triggerer_firewall_to_https" {
  cidr_ipv4         = "0.0.0.0/0"
  description       = "triggerer to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.triggerer_firewall.id
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "triggerer_logs" {
  name              = "/${local.prefix}/triggerer"
  retention_in_days = var.log_component_days
}

resource "aws_iam_role" "triggerer_role" {
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-triggerer"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "triggerer_role_permissions" {
  name = "role"
  role = aws_iam_role.triggerer_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid    = "ReadLookups"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/connections/*",
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/variables/*",
        ]
      },
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_ecs_task_definition" "triggerer_task" {
  cpu                      = var.triggerer_cpu
  execution_role_arn       = aws_iam_role.triggerer_execution.arn
  family                   = "${local.prefix}-triggerer"
  memory                   = var.triggerer_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = aws_iam_role.triggerer_role.arn
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name = "migration"
        command = [
          "bash",
          "-c",
          "if [ -e \"$PYTHONPATH/airflow_on_aws/database/migration.py\" ]; then exec python -m airflow_on_aws.database.migration wait; fi; exec airflow db check-migrations --migration-wait-timeout 600",
        ]
        essential = false
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.triggerer_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
      },
    ),
    merge(
      local.container,
      {
        name      = "triggerer"
        command   = ["triggerer"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
        ) : { name = name, value = tostring(value) }]
        secrets = [for name, value in {
          AIRFLOW__API__SECRET_KEY            = aws_secretsmanager_secret_version.keys_secret_key_value.arn
          AIRFLOW__CORE__FERNET_KEY           = aws_secretsmanager_secret_version.keys_fernet_key_value.arn
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN = aws_secretsmanager_secret_version.keys_database_url_value.arn
        } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = true
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.triggerer_logs.name
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        dependsOn = [
          {
            containerName = "migration"
            condition     = "SUCCESS"
          },
        ]
        healthCheck = {
          command = [
            "CMD-SHELL",
            "if [ -e \"$PYTHONPATH/airflow_on_aws/database/job_check.py\" ]; then python -m airflow_on_aws.database.job_check TriggererJob; else airflow jobs check --job-type TriggererJob --local; fi || exit 1",
          ]
          interval    = 30
          timeout     = 50
          retries     = 6
          startPeriod = 180
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "worker" {
  count                              = local.with_celery ? 1 : 0
  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.cluster.arn
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.worker_min_count
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.execute_command
  name                               = "worker"
  propagate_tags                     = "SERVICE"
  task_definition                    = one(aws_ecs_task_definition.worker_task[*].arn)
  wait_for_steady_state              = false

  capacity_provider_strategy {
    capacity_provider = var.worker_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = local.public_tasks
    security_groups  = [one(aws_security_group.worker_firewall[*].id), aws_security_group.tasks_firewall.id]
    subnets          = local.task_subnet_ids
  }

  depends_on = [aws_ecs_cluster_capacity_providers.cluster_capacity, aws_ecs_service.api_server, aws_efs_mount_target.files_mount]

  lifecycle {
    ignore_changes = [desired_count]

    postcondition {
      condition     = self.task_definition == one(aws_ecs_task_definition.worker_task[*].arn)
      error_message = "worker did not come up with what was deployed, so ECS went back to what ran before. The log group /${local.prefix}/worker says why, and `pipenv run ops explain ENV` shows the end of it."
    }
  }
}

resource "aws_iam_role" "worker_execution" {
  count              = local.with_celery ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-worker-execution"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "worker_execution_permissions" {
  count = local.with_celery ? 1 : 0
  name  = "execution"
  role  = one(aws_iam_role.worker_execution[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [aws_ecr_repository.registry.arn]
      },
      {
        Sid      = "WriteContainerLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${one(aws_cloudwatch_log_group.worker_logs[*].arn)}:log-stream:*"]
      },
      {
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [aws_secretsmanager_secret_version.keys_secret_key_value.arn]
      },
    ]
  })
}

resource "aws_security_group" "worker_firewall" {
  count       = local.with_celery ? 1 : 0
  description = "Around ${local.prefix}-worker"
  name        = "${local.prefix}-worker"
  vpc_id      = local.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "worker_firewall_from_api_server_8793" {
  count                        = local.with_celery ? 1 : 0
  description                  = "api-server to worker"
  from_port                    = 8793
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = one(aws_security_group.worker_firewall[*].id)
  to_port                      = 8793
}

resource "aws_vpc_security_group_egress_rule" "worker_firewall_to_api_server_8080" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to api-server"
  from_port                    = 8080
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.api_server_firewall.id
  security_group_id            = one(aws_security_group.worker_firewall[*].id)
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "worker_firewall_to_broker_6379" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to broker"
  from_port                    = 6379
  ip_protocol                  = "tcp"
  referenced_security_group_id = one(aws_security_group.broker_firewall[*].id)
  security_group_id            = one(aws_security_group.worker_firewall[*].id)
  to_port                      = 6379
}

resource "aws_vpc_security_group_egress_rule" "worker_firewall_to_files_2049" {
  count                        = local.with_celery ? 1 : 0
  description                  = "worker to files"
  from_port                    = 2049
  ip_protocol                  = "tcp"
  referenced_security_group_id = aws_security_group.files_firewall.id
  security_group_id            = one(aws_security_group.worker_firewall[*].id)
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "worker_firewall_to_https" {
  count             = local.with_celery ? 1 : 0
  cidr_ipv4         = "0.0.0.0/0"
  description       = "worker to any HTTPS server"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = one(aws_security_group.worker_firewall[*].id)
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "worker_logs" {
  count             = local.with_celery ? 1 : 0
  name              = "/${local.prefix}/worker"
  retention_in_days = var.log_component_days
}

resource "aws_iam_role" "worker_role" {
  count              = local.with_celery ? 1 : 0
  assume_role_policy = local.ecs_tasks_trust
  name               = "${local.prefix}-worker"
  path               = "/${local.prefix}/"
}

resource "aws_iam_role_policy" "worker_role_permissions" {
  count = local.with_celery ? 1 : 0
  name  = "role"
  role  = one(aws_iam_role.worker_role[*].name)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      {
        Sid       = "MountFiles"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid      = "ListLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}"]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${local.partition}:s3:::${local.prefix}-logs-${local.account_id}/*"]
      },
      {
        Sid    = "ReadLookups"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/connections/*",
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/variables/*",
        ]
      },
      {
        Sid    = "ConnectToBroker"
        Effect = "Allow"
        Action = ["elasticache:Connect"]
        Resource = [
          one(aws_elasticache_replication_group.broker[*].arn),
          one(aws_elasticache_user.broker_celery[*].arn),
        ]
      },
      {
        Sid      = "ProtectWorkers"
        Effect   = "Allow"
        Action   = ["ecs:UpdateTaskProtection"]
        Resource = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${local.prefix}/*"]
      },
      {
        Sid      = "SeeDeployments"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices"]
        Resource = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:service/${local.prefix}/worker"]
      },
      var.execute_command ? {
        Sid    = "OpenShell"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      } : null,
      !local.with_ecs ? {
        Sid    = "ReadRegistry"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = [
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects",
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${local.prefix}/projects/*",
        ]
      } : null,
      !local.with_ecs ? {
        Sid       = "WriteFolder"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientWrite"]
        Resource  = [aws_efs_file_system.files.arn]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.files_projects.arn } }
      } : null,
      !local.with_ecs ? {
        Sid      = "ReadServiceAccount"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [aws_secretsmanager_secret_version.keys_service_account_value.arn]
      } : null,
      !local.with_ecs ? {
        Sid    = "ReadAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      } : null,
      !local.with_ecs ? {
        Sid    = "ReadDeployKeys"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/deploy-keys/*",
        ]
      } : null,
      !local.with_ecs ? {
        Sid    = "MakeAccounts"
        Effect = "Allow"
        Action = ["secretsmanager:CreateSecret"]
        Resource = [
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${local.prefix}/accounts/*",
        ]
      } : null,
    ] : one if one != null]
  })
}

resource "aws_ecs_task_definition" "worker_task" {
  count                    = local.with_celery ? 1 : 0
  cpu                      = var.worker_cpu
  execution_role_arn       = one(aws_iam_role.worker_execution[*].arn)
  family                   = "${local.prefix}-worker"
  memory                   = var.worker_memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  task_role_arn            = one(aws_iam_role.worker_role[*].arn)
  container_definitions = jsonencode([
    merge(
      local.container,
      {
        name      = "worker"
        command   = ["celery", "worker"]
        essential = true
        environment = [for name, value in merge(
          local.environment,
          local.component_environment,
          {
            AIRFLOW_ON_AWS_BROKER = jsonencode({
              cache = "${local.prefix}-broker"
              user  = "${local.prefix}-celery"
            })
            AIRFLOW__CELERY__BROKER_URL         = local.broker_url
            AIRFLOW__CELERY__RESULT_BACKEND     = local.broker_url
            AIRFLOW__CELERY__WORKER_CONCURRENCY = var.worker_concurrency
            DUMB_INIT_SETSID                    = "0"
          },
        ) : { name = name, value = tostring(value) }]
        secrets      = [for name, value in { AIRFLOW__API__SECRET_KEY = aws_secretsmanager_secret_version.keys_secret_key_value.arn } : { name = name, valueFrom = value }]
        portMappings = []
        mountPoints = [
          {
            sourceVolume  = "projects"
            containerPath = "/opt/airflow/projects"
            readOnly      = local.with_ecs
          },
        ]
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = one(aws_cloudwatch_log_group.worker_logs[*].name)
            awslogs-region        = local.region
            awslogs-stream-prefix = "ecs"
          }
        }
        healthCheck = {
          command = [
            "CMD-SHELL",
            "celery --app airflow.providers.celery.executors.celery_executor.app inspect ping --destination \"celery@$HOSTNAME\" || exit 1",
          ]
          interval    = 60
          timeout     = 50
          retries     = 3
          startPeriod = 180
        }
      },
    ),
  ])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "projects"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.files.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.files_projects.id
        iam             = "ENABLED"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
