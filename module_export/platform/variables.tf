variable "environment" {
  description = "Name of the environment. All physical names begin with `airflow-<environment>`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.environment))
    error_message = "environment must be lower-case letters, digits and single hyphens, beginning with a letter."
  }

  validation {
    condition     = length(var.environment) <= 18
    error_message = "environment must have 18 characters or less."
  }
}

variable "vpc" {
  description = "VPC to create: a /16 to a /24, two or three zones, a range for each subnet (by default sixteenths of `cidr`), and the NAT gateways: `per_zone`, `one` or `none`. With `none`, tasks get public addresses that accept no connections."
  type = object({
    cidr            = string,
    zones           = list(string),
    public_subnets  = optional(list(string)),
    private_subnets = optional(list(string)),
    nat             = optional(string, "per_zone"),
  })
  default = null

  validation {
    condition     = (var.vpc == null) != (var.existing_vpc == null)
    error_message = "Give one of vpc and existing_vpc."
  }

  validation {
    condition = var.vpc == null ? true : (
      can(cidrnetmask(var.vpc.cidr)) && contains(range(16, 25), try(tonumber(split("/", var.vpc.cidr)[1]), 0))
    )
    error_message = "vpc.cidr must be a /16 to a /24."
  }

  validation {
    condition = var.vpc == null ? true : (
      contains([2, 3], length(var.vpc.zones)) && distinct(var.vpc.zones) == var.vpc.zones
    )
    error_message = "vpc.zones must be two or three zones."
  }

  validation {
    condition = var.vpc == null ? true : alltrue([
      for ranges in [var.vpc.public_subnets, var.vpc.private_subnets] :
      ranges == null ? true : length(ranges) == length(var.vpc.zones)
    ])
    error_message = "vpc.public_subnets and vpc.private_subnets must have one range for each zone."
  }

  validation {
    condition     = var.vpc == null ? true : contains(["none", "one", "per_zone"], var.vpc.nat)
    error_message = "vpc.nat must be one of \"none\", \"one\", \"per_zone\"."
  }
}

variable "existing_vpc" {
  description = "VPC that exists. Its private subnets need a route to AWS: NAT, or VPC endpoints."
  type = object({
    vpc_id             = string,
    cidr               = string,
    public_subnet_ids  = list(string),
    private_subnet_ids = list(string),
  })
  default = null

  validation {
    condition     = var.existing_vpc == null ? true : can(cidrnetmask(var.existing_vpc.cidr))
    error_message = "existing_vpc.cidr must be a range."
  }

  validation {
    condition     = var.existing_vpc == null ? true : length(distinct(var.existing_vpc.public_subnet_ids)) >= 2
    error_message = "existing_vpc.public_subnet_ids must be two or more."
  }

  validation {
    condition     = var.existing_vpc == null ? true : length(distinct(var.existing_vpc.private_subnet_ids)) >= 2
    error_message = "existing_vpc.private_subnet_ids must be two or more."
  }
}

variable "allowed_cidrs" {
  description = "Networks from which Airflow's pages can be reached."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.allowed_cidrs) >= 1
    error_message = "allowed_cidrs must have one or more."
  }

  validation {
    condition     = alltrue([for cidr in var.allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "allowed_cidrs must be ranges such as \"198.51.100.0/24\"."
  }

  validation {
    condition     = var.open_to_the_internet || alltrue([for cidr in var.allowed_cidrs : !endswith(cidr, "/0")])
    error_message = "allowed_cidrs has 0.0.0.0/0; name your networks, or set open_to_the_internet = true."
  }
}

variable "open_to_the_internet" {
  description = "Must be true for `allowed_cidrs` to accept 0.0.0.0/0."
}

variable "certificate_arn" {
  description = "ACM certificate of this region, for `domain`."

  validation {
    condition     = (var.certificate_arn == null) == var.insecure_http
    error_message = "Give certificate_arn, or set insecure_http = true to go without; not both."
  }
}

variable "insecure_http" {
  description = "Must be true to deploy without a certificate: passwords and sessions then cross the network unencrypted."
}

variable "domain" {
  description = "Name that the certificate is for; point it at the load balancer."

  validation {
    condition     = var.certificate_arn == null || var.domain != null
    error_message = "Give domain, the name that the certificate is for."
  }
}

variable "internal" {
  description = "Reachable only from inside the VPC, for example over a VPN."
}

variable "sign_in" {
  description = "OpenID Connect provider of your users. Without it, users have passwords in Airflow's database. Store the client's secret in Secrets Manager."
  type = object({
    provider          = string,
    client_id         = string,
    client_secret_arn = string,
    issuer            = optional(string),
    allowed_domains   = list(string),
    default_role      = optional(string, "Viewer"),
    groups_claim      = optional(string),
    group_roles       = optional(map(list(string))),
  })
  default = null

  validation {
    condition     = var.sign_in == null ? true : contains(["google", "oidc"], var.sign_in.provider)
    error_message = "sign_in.provider must be one of \"google\", \"oidc\"."
  }

  validation {
    condition     = var.sign_in == null ? true : (var.sign_in.provider == "oidc") == (var.sign_in.issuer != null)
    error_message = "sign_in.issuer must be given for the provider \"oidc\", and only for that."
  }

  validation {
    condition = var.sign_in == null ? true : (
      var.sign_in.provider == "oidc" || (var.sign_in.groups_claim == null && var.sign_in.group_roles == null)
    )
    error_message = "The provider \"google\" sends no groups: delete sign_in.groups_claim and sign_in.group_roles."
  }

  validation {
    condition = var.sign_in == null ? true : (
      length(var.sign_in.allowed_domains) >= 1
      && (var.sign_in.provider == "oidc" || !contains(var.sign_in.allowed_domains, "*"))
    )
    error_message = "sign_in.allowed_domains must name your domains; [\"*\"] is for the provider \"oidc\" only."
  }

  validation {
    condition = var.sign_in == null ? true : alltrue([
      for domain in var.sign_in.allowed_domains : can(regex("^(\\*|[a-z0-9.-]+\\.[a-z]{2,})$", domain))
    ])
    error_message = "sign_in.allowed_domains must be domains such as \"example.org\"."
  }

  validation {
    condition = var.sign_in == null ? true : can(regex(
      "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]+$",
      var.sign_in.client_secret_arn,
    ))
    error_message = "sign_in.client_secret_arn must be the whole ARN of a secret."
  }
}

variable "image_version" {
  description = "Airflow version; without `image_digest` its official image runs."
}

variable "image_digest" {
  description = "Digest of the image to run, in the registry of the output `repository`."
}

variable "image_keep" {
  description = "Number of images that the registry keeps for a rollback."
}

variable "executor" {
  description = "Where tasks run: `ecs` each in a Fargate task, `celery` in workers, `local` in the scheduler."
}

variable "task_cpu" {
  description = "CPU of a task with the executor `ecs`, in units of 1/1024 vCPU."
}

variable "task_memory" {
  description = "Memory of a task with the executor `ecs`, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.task_cpu)], var.task_memory), false)
    error_message = "task_memory must be one that Fargate offers with task_cpu."
  }
}

variable "task_spot" {
  description = "Run tasks on Fargate Spot, where AWS may stop them."
}

variable "airflow_settings" {
  description = "More settings for the components, by section and key as in airflow.cfg."
  type        = map(map(string))
  default     = {}
  nullable    = false

  # A setting that ends with _CMD or _SECRET sets the option without that ending.
  validation {
    condition = length(setintersection(local.reserved_settings, flatten([
      for section, values in var.airflow_settings : [
        for key in keys(values) : replace(upper("AIRFLOW__${section}__${key}"), "/_(CMD|SECRET)$/", "")
      ]
    ]))) == 0
    error_message = "airflow_settings has one that the platform sets itself; delete it."
  }
}

variable "execute_command" {
  description = "Allow `aws ecs execute-command` to open a shell in a component."
}

variable "database_engine_version" {
  description = "PostgreSQL version of the metadata database."
}

variable "database_instance_class" {
  description = "Instance class of the metadata database."
}

variable "database_storage_gb" {
  description = "Initial storage of the metadata database, in GB."
}

variable "database_max_storage_gb" {
  description = "Limit up to which the storage grows automatically, in GB."

  validation {
    condition     = var.database_max_storage_gb >= var.database_storage_gb
    error_message = "database_max_storage_gb must not be below database_storage_gb."
  }
}

variable "database_multi_az" {
  description = "Keep a standby of the metadata database in another zone."
}

variable "database_backup_retention_days" {
  description = "Days for which backups of the metadata database are kept."
}

variable "database_performance_insights" {
  description = "Record the load of queries with Performance Insights."
}

variable "flower" {
  description = "With Celery: show workers and queues as a page of Airflow."
}

variable "broker_node_type" {
  description = "With Celery: node type of the broker in ElastiCache."
}

variable "broker_nodes" {
  description = "With Celery: number of nodes; with two or more the broker survives the loss of one."
}

variable "worker_cpu" {
  description = "With Celery: CPU of a worker, in units of 1/1024 vCPU."
}

variable "worker_memory" {
  description = "With Celery: memory of a worker, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.worker_cpu)], var.worker_memory), false)
    error_message = "worker_memory must be one that Fargate offers with worker_cpu."
  }
}

variable "worker_spot" {
  description = "With Celery: run workers on Fargate Spot, where AWS may stop them."
}

variable "worker_concurrency" {
  description = "With Celery: number of tasks that a worker runs at once."
}

variable "worker_min_count" {
  description = "With Celery: least number of workers."
}

variable "worker_max_count" {
  description = "With Celery: greatest number of workers."

  validation {
    condition     = var.worker_max_count >= var.worker_min_count
    error_message = "worker_max_count must not be below worker_min_count."
  }
}

variable "worker_idle_seconds" {
  description = "With Celery: scale in workers that were idle for this long, in seconds."
}

variable "api_server_cpu" {
  description = "CPU of an api-server, in units of 1/1024 vCPU."
}

variable "api_server_memory" {
  description = "Memory of an api-server, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.api_server_cpu)], var.api_server_memory), false)
    error_message = "api_server_memory must be one that Fargate offers with api_server_cpu."
  }
}

variable "api_server_spot" {
  description = "Run api-servers on Fargate Spot, where AWS may stop them."
}

variable "api_server_min_count" {
  description = "Least number of api-servers."
}

variable "api_server_max_count" {
  description = "Greatest number of api-servers."

  validation {
    condition     = var.api_server_max_count >= var.api_server_min_count
    error_message = "api_server_max_count must not be below api_server_min_count."
  }
}

variable "api_server_cpu_target" {
  description = "Average CPU, in percent, that the number of api-servers is scaled for."
}

variable "scheduler_cpu" {
  description = "CPU of a scheduler, in units of 1/1024 vCPU."
}

variable "scheduler_memory" {
  description = "Memory of a scheduler, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.scheduler_cpu)], var.scheduler_memory), false)
    error_message = "scheduler_memory must be one that Fargate offers with scheduler_cpu."
  }
}

variable "scheduler_spot" {
  description = "Run schedulers on Fargate Spot, where AWS may stop them."
}

variable "scheduler_count" {
  description = "Number of schedulers."
}

variable "dag_processor_cpu" {
  description = "CPU of a dag-processor, in units of 1/1024 vCPU."
}

variable "dag_processor_memory" {
  description = "Memory of a dag-processor, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.dag_processor_cpu)], var.dag_processor_memory), false)
    error_message = "dag_processor_memory must be one that Fargate offers with dag_processor_cpu."
  }
}

variable "dag_processor_spot" {
  description = "Run dag-processors on Fargate Spot, where AWS may stop them."
}

variable "dag_processor_count" {
  description = "Number of dag-processors."
}

variable "triggerer_cpu" {
  description = "CPU of a triggerer, in units of 1/1024 vCPU."
}

variable "triggerer_memory" {
  description = "Memory of a triggerer, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.triggerer_cpu)], var.triggerer_memory), false)
    error_message = "triggerer_memory must be one that Fargate offers with triggerer_cpu."
  }
}

variable "triggerer_spot" {
  description = "Run triggerers on Fargate Spot, where AWS may stop them."
}

variable "triggerer_count" {
  description = "Number of triggerers."
}

variable "log_component_days" {
  description = "Days for which the output of components is kept."
}

variable "log_task_days" {
  description = "Days for which the logs of tasks are kept."
}

variable "protected" {
  description = "Refuse to destroy what contains data: database, buckets, secrets, images, load balancer."
}
