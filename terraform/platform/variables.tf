# Written by `make modules` from modules/platform: change that, not this file.

variable "environment" {
  description = "What everything is named after: `airflow-<environment>`."
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
  description = "A VPC of the platform's own: a /16 to a /24, two or three zones, a range for each subnet (by default sixteenths of `cidr`), and `nat`: `\"per_zone\"`, `\"one\"`, or `\"none\"`, with which tasks get public addresses that nothing may connect to."
  type        = object({ cidr = string, zones = list(string), public_subnets = optional(list(string)), private_subnets = optional(list(string)), nat = optional(string, "per_zone") })
  default     = null

  validation {
    condition     = (var.vpc == null) != (var.existing_vpc == null)
    error_message = "Give one of vpc and existing_vpc."
  }

  validation {
    condition     = var.vpc == null ? true : try(can(cidrnetmask(var.vpc.cidr)) && contains(range(16, 25), tonumber(split("/", var.vpc.cidr)[1])), false)
    error_message = "vpc.cidr must be a /16 to a /24."
  }

  validation {
    condition     = var.vpc == null ? true : try(contains([2, 3], length(var.vpc.zones)) && distinct(var.vpc.zones) == var.vpc.zones, false)
    error_message = "vpc.zones must be two or three zones."
  }

  validation {
    condition     = var.vpc == null ? true : try((var.vpc.public_subnets == null ? true : length(var.vpc.public_subnets) == length(var.vpc.zones)) && (var.vpc.private_subnets == null ? true : length(var.vpc.private_subnets) == length(var.vpc.zones)), false)
    error_message = "vpc.public_subnets and vpc.private_subnets must have one range for each zone."
  }

  validation {
    condition     = var.vpc == null ? true : try(contains(["none", "one", "per_zone"], var.vpc.nat), false)
    error_message = "vpc.nat must be one of \"none\", \"one\", \"per_zone\"."
  }
}

variable "existing_vpc" {
  description = "A VPC that somebody else looks after. Its private subnets, two or three, need a way out to AWS: NAT, or VPC endpoints."
  type        = object({ vpc_id = string, cidr = string, public_subnet_ids = list(string), private_subnet_ids = list(string) })
  default     = null

  validation {
    condition     = var.existing_vpc == null ? true : try(can(cidrnetmask(var.existing_vpc.cidr)), false)
    error_message = "existing_vpc.cidr must be a range."
  }

  validation {
    condition     = var.existing_vpc == null ? true : try(length(distinct(var.existing_vpc.public_subnet_ids)) >= 2, false)
    error_message = "existing_vpc.public_subnet_ids must be two or more."
  }

  validation {
    condition     = var.existing_vpc == null ? true : try(length(distinct(var.existing_vpc.private_subnet_ids)) >= 2, false)
    error_message = "existing_vpc.private_subnet_ids must be two or more."
  }
}

variable "allowed_cidrs" {
  description = "The networks of your people."
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
  description = "Must be true for 0.0.0.0/0 to be accepted in `allowed_cidrs`."
  type        = bool
  default     = false
  nullable    = false
}

variable "certificate_arn" {
  description = "A certificate of ACM in this region, for `domain`."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null ? true : can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:\\d{12}:certificate/[\\w-]+$", var.certificate_arn))
    error_message = "certificate_arn must match ^arn:aws[a-z-]*:acm:[a-z0-9-]+:\\d{12}:certificate/[\\w-]+$."
  }

  validation {
    condition     = (var.certificate_arn == null) == var.insecure_http
    error_message = "Give certificate_arn, or set insecure_http = true to go without; not both."
  }
}

variable "insecure_http" {
  description = "Must be true to go without a certificate: passwords and sessions then cross the network in clear."
  type        = bool
  default     = false
  nullable    = false
}

variable "domain" {
  description = "The name that the certificate is for; point it at the load balancer."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must match ^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$."
  }

  validation {
    condition     = var.certificate_arn == null || var.domain != null
    error_message = "Give domain, the name that the certificate is for."
  }
}

variable "internal" {
  description = "Reached from inside the VPC only, such as over a VPN."
  type        = bool
  default     = false
  nullable    = false
}

variable "sign_in" {
  description = "The OpenID Connect provider of your people; null: users have passwords in Airflow's database. The client's secret is one that you put into Secrets Manager."
  type        = object({ provider = string, client_id = string, client_secret_arn = string, issuer = optional(string), allowed_domains = list(string), default_role = optional(string, "Viewer"), groups_claim = optional(string), group_roles = optional(map(list(string))) })
  default     = null

  validation {
    condition     = var.sign_in == null ? true : try(contains(["google", "oidc"], var.sign_in.provider), false)
    error_message = "sign_in.provider must be one of \"google\", \"oidc\"."
  }

  validation {
    condition     = var.sign_in == null ? true : try((var.sign_in.provider == "oidc") == (var.sign_in.issuer != null), false)
    error_message = "sign_in.issuer must be given for the provider \"oidc\", and only for that."
  }

  validation {
    condition     = var.sign_in == null ? true : try(var.sign_in.provider == "oidc" || (var.sign_in.groups_claim == null && var.sign_in.group_roles == null), false)
    error_message = "The provider \"google\" tells no groups: delete sign_in.groups_claim and sign_in.group_roles."
  }

  validation {
    condition     = var.sign_in == null ? true : try(length(var.sign_in.allowed_domains) >= 1 && (var.sign_in.provider == "oidc" || !contains(var.sign_in.allowed_domains, "*")), false)
    error_message = "sign_in.allowed_domains must name your domains; [\"*\"] is for the provider \"oidc\" only."
  }

  validation {
    condition     = var.sign_in == null ? true : try(alltrue([for domain in var.sign_in.allowed_domains : can(regex("^(\\*|[a-z0-9.-]+\\.[a-z]{2,})$", domain))]), false)
    error_message = "sign_in.allowed_domains must be domains such as \"example.org\"."
  }

  validation {
    condition     = var.sign_in == null ? true : try(can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]+$", var.sign_in.client_secret_arn)), false)
    error_message = "sign_in.client_secret_arn must be the whole ARN of a secret."
  }
}

variable "image_version" {
  description = "Which Airflow runs, without a digest as its official image."
  type        = string
  default     = "3.3.2"
  nullable    = false

  validation {
    condition     = can(regex("^3\\.\\d+\\.\\d+$", var.image_version))
    error_message = "image_version must match ^3\\.\\d+\\.\\d+$."
  }
}

variable "image_digest" {
  description = "Which image of the platform's registry runs."
  type        = string
  default     = null

  validation {
    condition     = var.image_digest == null ? true : can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "image_digest must match ^sha256:[0-9a-f]{64}$."
  }
}

variable "image_keep" {
  description = "How many images the registry keeps, to go back to."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = floor(var.image_keep) == var.image_keep
    error_message = "image_keep must be a whole number."
  }

  validation {
    condition     = var.image_keep >= 2
    error_message = "image_keep must be 2 or more."
  }

  validation {
    condition     = var.image_keep <= 1000
    error_message = "image_keep must be 1000 or less."
  }
}

variable "executor" {
  description = "Where tasks run: each in a Fargate task of its own, in workers, or in the scheduler."
  type        = string
  default     = "ecs"
  nullable    = false

  validation {
    condition     = contains(["ecs", "celery", "local", "celery,ecs"], var.executor)
    error_message = "executor must be one of \"ecs\", \"celery\", \"local\", \"celery,ecs\"."
  }
}

variable "task_cpu" {
  description = "CPU of a task with the executor `ecs`, in units of 1/1024."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.task_cpu)
    error_message = "task_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "task_memory" {
  description = "Memory of a task with the executor `ecs`, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = floor(var.task_memory) == var.task_memory
    error_message = "task_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.task_cpu)], var.task_memory), false)
    error_message = "task_memory must be one that Fargate offers with task_cpu."
  }
}

variable "task_spot" {
  description = "Run tasks on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "airflow_settings" {
  description = "More settings for the components, by section and key as in airflow.cfg."
  type        = map(map(string))
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(flatten([for section, values in var.airflow_settings : [for key in keys(values) : replace(upper("AIRFLOW__${section}__${key}"), "/_(CMD|SECRET)$/", "")]]), local.reserved_settings)) == 0
    error_message = "airflow_settings has one that the platform sets itself; delete it."
  }
}

variable "execute_command" {
  description = "Let `aws ecs execute-command` open a shell in a component."
  type        = bool
  default     = false
  nullable    = false
}

variable "database_engine_version" {
  description = "PostgreSQL's version."
  type        = string
  default     = "16"
  nullable    = false

  validation {
    condition     = can(regex("^1[4-7](\\.\\d+)?$", var.database_engine_version))
    error_message = "database_engine_version must match ^1[4-7](\\.\\d+)?$."
  }
}

variable "database_instance_class" {
  description = "The database's size."
  type        = string
  default     = "db.t4g.medium"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.database_instance_class))
    error_message = "database_instance_class must match ^db\\.[a-z0-9]+\\.[a-z0-9]+$."
  }
}

variable "database_storage_gb" {
  description = "Its storage to begin with."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = floor(var.database_storage_gb) == var.database_storage_gb
    error_message = "database_storage_gb must be a whole number."
  }

  validation {
    condition     = var.database_storage_gb >= 20
    error_message = "database_storage_gb must be 20 or more."
  }

  validation {
    condition     = var.database_storage_gb <= 65536
    error_message = "database_storage_gb must be 65536 or less."
  }
}

variable "database_max_storage_gb" {
  description = "How far it grows by itself."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = floor(var.database_max_storage_gb) == var.database_max_storage_gb
    error_message = "database_max_storage_gb must be a whole number."
  }

  validation {
    condition     = var.database_max_storage_gb >= 20
    error_message = "database_max_storage_gb must be 20 or more."
  }

  validation {
    condition     = var.database_max_storage_gb <= 65536
    error_message = "database_max_storage_gb must be 65536 or less."
  }

  validation {
    condition     = var.database_max_storage_gb >= var.database_storage_gb
    error_message = "database_max_storage_gb must not be below database_storage_gb."
  }
}

variable "database_multi_az" {
  description = "A second one stands by in another zone."
  type        = bool
  default     = true
  nullable    = false
}

variable "database_backup_retention_days" {
  description = "How long its backups are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = floor(var.database_backup_retention_days) == var.database_backup_retention_days
    error_message = "database_backup_retention_days must be a whole number."
  }

  validation {
    condition     = var.database_backup_retention_days >= 1
    error_message = "database_backup_retention_days must be 1 or more."
  }

  validation {
    condition     = var.database_backup_retention_days <= 35
    error_message = "database_backup_retention_days must be 35 or less."
  }
}

variable "database_performance_insights" {
  description = "Record what queries cost."
  type        = bool
  default     = true
  nullable    = false
}

variable "flower" {
  description = "With Celery: show workers and queues as a page of Airflow."
  type        = bool
  default     = true
  nullable    = false
}

variable "broker_node_type" {
  description = "With Celery: the size of the broker in ElastiCache."
  type        = string
  default     = "cache.t4g.micro"
  nullable    = false

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.broker_node_type))
    error_message = "broker_node_type must match ^cache\\.[a-z0-9]+\\.[a-z0-9]+$."
  }
}

variable "broker_nodes" {
  description = "With Celery: with two or more the loss of one is survived."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = floor(var.broker_nodes) == var.broker_nodes
    error_message = "broker_nodes must be a whole number."
  }

  validation {
    condition     = var.broker_nodes >= 1
    error_message = "broker_nodes must be 1 or more."
  }

  validation {
    condition     = var.broker_nodes <= 6
    error_message = "broker_nodes must be 6 or less."
  }
}

variable "worker_cpu" {
  description = "CPU of a Celery worker, in units of 1/1024."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.worker_cpu)
    error_message = "worker_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "worker_memory" {
  description = "Memory of a Celery worker, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 4096
  nullable    = false

  validation {
    condition     = floor(var.worker_memory) == var.worker_memory
    error_message = "worker_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.worker_cpu)], var.worker_memory), false)
    error_message = "worker_memory must be one that Fargate offers with worker_cpu."
  }
}

variable "worker_spot" {
  description = "Run workers on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "worker_concurrency" {
  description = "With Celery: how many tasks a worker runs at once."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = floor(var.worker_concurrency) == var.worker_concurrency
    error_message = "worker_concurrency must be a whole number."
  }

  validation {
    condition     = var.worker_concurrency >= 1
    error_message = "worker_concurrency must be 1 or more."
  }

  validation {
    condition     = var.worker_concurrency <= 64
    error_message = "worker_concurrency must be 64 or less."
  }
}

variable "worker_min_count" {
  description = "With Celery: least number of workers."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = floor(var.worker_min_count) == var.worker_min_count
    error_message = "worker_min_count must be a whole number."
  }

  validation {
    condition     = var.worker_min_count >= 0
    error_message = "worker_min_count must be 0 or more."
  }

  validation {
    condition     = var.worker_min_count <= 100
    error_message = "worker_min_count must be 100 or less."
  }
}

variable "worker_max_count" {
  description = "With Celery: most workers."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = floor(var.worker_max_count) == var.worker_max_count
    error_message = "worker_max_count must be a whole number."
  }

  validation {
    condition     = var.worker_max_count >= 1
    error_message = "worker_max_count must be 1 or more."
  }

  validation {
    condition     = var.worker_max_count <= 100
    error_message = "worker_max_count must be 100 or less."
  }

  validation {
    condition     = var.worker_max_count >= var.worker_min_count
    error_message = "worker_max_count must not be below worker_min_count."
  }
}

variable "worker_idle_seconds" {
  description = "With Celery: workers that were not needed for so long go."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = floor(var.worker_idle_seconds) == var.worker_idle_seconds
    error_message = "worker_idle_seconds must be a whole number."
  }

  validation {
    condition     = var.worker_idle_seconds >= 30
    error_message = "worker_idle_seconds must be 30 or more."
  }

  validation {
    condition     = var.worker_idle_seconds <= 3600
    error_message = "worker_idle_seconds must be 3600 or less."
  }
}

variable "api_server_cpu" {
  description = "CPU of an api-server, in units of 1/1024."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.api_server_cpu)
    error_message = "api_server_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "api_server_memory" {
  description = "Memory of an api-server, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 4096
  nullable    = false

  validation {
    condition     = floor(var.api_server_memory) == var.api_server_memory
    error_message = "api_server_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.api_server_cpu)], var.api_server_memory), false)
    error_message = "api_server_memory must be one that Fargate offers with api_server_cpu."
  }
}

variable "api_server_spot" {
  description = "Run api-servers on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "api_server_min_count" {
  description = "Least number of api-servers."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = floor(var.api_server_min_count) == var.api_server_min_count
    error_message = "api_server_min_count must be a whole number."
  }

  validation {
    condition     = var.api_server_min_count >= 1
    error_message = "api_server_min_count must be 1 or more."
  }

  validation {
    condition     = var.api_server_min_count <= 20
    error_message = "api_server_min_count must be 20 or less."
  }
}

variable "api_server_max_count" {
  description = "Most api-servers."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = floor(var.api_server_max_count) == var.api_server_max_count
    error_message = "api_server_max_count must be a whole number."
  }

  validation {
    condition     = var.api_server_max_count >= 1
    error_message = "api_server_max_count must be 1 or more."
  }

  validation {
    condition     = var.api_server_max_count <= 20
    error_message = "api_server_max_count must be 20 or less."
  }

  validation {
    condition     = var.api_server_max_count >= var.api_server_min_count
    error_message = "api_server_max_count must not be below api_server_min_count."
  }
}

variable "api_server_cpu_target" {
  description = "The average CPU, in percent, that their number aims at."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = floor(var.api_server_cpu_target) == var.api_server_cpu_target
    error_message = "api_server_cpu_target must be a whole number."
  }

  validation {
    condition     = var.api_server_cpu_target >= 10
    error_message = "api_server_cpu_target must be 10 or more."
  }

  validation {
    condition     = var.api_server_cpu_target <= 90
    error_message = "api_server_cpu_target must be 90 or less."
  }
}

variable "scheduler_cpu" {
  description = "CPU of a scheduler, in units of 1/1024."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.scheduler_cpu)
    error_message = "scheduler_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "scheduler_memory" {
  description = "Memory of a scheduler, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = floor(var.scheduler_memory) == var.scheduler_memory
    error_message = "scheduler_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.scheduler_cpu)], var.scheduler_memory), false)
    error_message = "scheduler_memory must be one that Fargate offers with scheduler_cpu."
  }
}

variable "scheduler_spot" {
  description = "Run schedulers on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "scheduler_count" {
  description = "How many schedulers run."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = floor(var.scheduler_count) == var.scheduler_count
    error_message = "scheduler_count must be a whole number."
  }

  validation {
    condition     = var.scheduler_count >= 1
    error_message = "scheduler_count must be 1 or more."
  }

  validation {
    condition     = var.scheduler_count <= 10
    error_message = "scheduler_count must be 10 or less."
  }
}

variable "dag_processor_cpu" {
  description = "CPU of a dag-processor, in units of 1/1024."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.dag_processor_cpu)
    error_message = "dag_processor_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "dag_processor_memory" {
  description = "Memory of a dag-processor, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = floor(var.dag_processor_memory) == var.dag_processor_memory
    error_message = "dag_processor_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.dag_processor_cpu)], var.dag_processor_memory), false)
    error_message = "dag_processor_memory must be one that Fargate offers with dag_processor_cpu."
  }
}

variable "dag_processor_spot" {
  description = "Run dag-processors on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "dag_processor_count" {
  description = "How many dag-processors run."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = floor(var.dag_processor_count) == var.dag_processor_count
    error_message = "dag_processor_count must be a whole number."
  }

  validation {
    condition     = var.dag_processor_count >= 1
    error_message = "dag_processor_count must be 1 or more."
  }

  validation {
    condition     = var.dag_processor_count <= 10
    error_message = "dag_processor_count must be 10 or less."
  }
}

variable "triggerer_cpu" {
  description = "CPU of a triggerer, in units of 1/1024."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.triggerer_cpu)
    error_message = "triggerer_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "triggerer_memory" {
  description = "Memory of a triggerer, in MiB; Fargate offers some for each CPU."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = floor(var.triggerer_memory) == var.triggerer_memory
    error_message = "triggerer_memory must be a whole number."
  }

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.triggerer_cpu)], var.triggerer_memory), false)
    error_message = "triggerer_memory must be one that Fargate offers with triggerer_cpu."
  }
}

variable "triggerer_spot" {
  description = "Run triggerers on Fargate Spot, where AWS may stop them."
  type        = bool
  default     = false
  nullable    = false
}

variable "triggerer_count" {
  description = "How many triggerers run."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = floor(var.triggerer_count) == var.triggerer_count
    error_message = "triggerer_count must be a whole number."
  }

  validation {
    condition     = var.triggerer_count >= 1
    error_message = "triggerer_count must be 1 or more."
  }

  validation {
    condition     = var.triggerer_count <= 10
    error_message = "triggerer_count must be 10 or less."
  }
}

variable "log_component_days" {
  description = "Keep what components print that long."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_component_days)
    error_message = "log_component_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "log_task_days" {
  description = "Keep the logs of tasks that long."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = floor(var.log_task_days) == var.log_task_days
    error_message = "log_task_days must be a whole number."
  }

  validation {
    condition     = var.log_task_days >= 1
    error_message = "log_task_days must be 1 or more."
  }

  validation {
    condition     = var.log_task_days <= 3653
    error_message = "log_task_days must be 3653 or less."
  }
}

variable "protected" {
  description = "Refuse to destroy what holds data: database, buckets, secrets, images, load balancer."
  type        = bool
  default     = true
  nullable    = false
}
