variable "environment" {
  description = "Airflow environment; its platform publishes `/airflow-<environment>/platform`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.environment))
    error_message = "environment must be lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "project" {
  description = "Name of the project, with which the names of its resources begin."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.project))
    error_message = "project must be lower-case letters, digits and single hyphens, beginning with a letter."
  }

  validation {
    condition     = length("airflow-${var.environment}-${var.project}-files-000000000000") <= 63
    error_message = "environment and project are too long together: S3 allows 63 characters."
  }
}

variable "protected" {
  description = "Refuse to destroy what may contain data, and keep deleted secrets for 30 days."
}

variable "files_expire_days" {
  description = "Days after which work files are deleted; null keeps them."
}

variable "files_noncurrent_days" {
  description = "Days for which overwritten and deleted versions of work files are kept."
}

variable "target_kind" {
  description = "Kind of the target database: Aurora Serverless v2, or an RDS instance."
}

variable "serverless_engine_version" {
  description = "Serverless: PostgreSQL version."
}

variable "serverless_min_capacity" {
  description = "Serverless: least capacity, in units of 2 GiB; with 0 the database pauses while it is idle."
}

variable "serverless_max_capacity" {
  description = "Serverless: greatest capacity, in units of 2 GiB."

  validation {
    condition     = var.serverless_max_capacity >= max(var.serverless_min_capacity, 1)
    error_message = "serverless_max_capacity must be 1 or more, and not below serverless_min_capacity."
  }
}

variable "serverless_pause_after_minutes" {
  description = "Serverless: idle minutes after which the database pauses, if its least capacity is 0."
}

variable "serverless_backup_retention_days" {
  description = "Serverless: days for which backups are kept."
}

variable "instance_engine_version" {
  description = "Instance: PostgreSQL version."
}

variable "instance_class" {
  description = "Instance: instance class."
}

variable "instance_storage_gb" {
  description = "Instance: initial storage, in GB."
}

variable "instance_max_storage_gb" {
  description = "Instance: limit up to which the storage grows automatically, in GB."

  validation {
    condition     = var.instance_max_storage_gb >= var.instance_storage_gb
    error_message = "instance_max_storage_gb must not be below instance_storage_gb."
  }
}

variable "instance_multi_az" {
  description = "Instance: keep a standby in another zone."
}

variable "instance_backup_retention_days" {
  description = "Instance: days for which backups are kept."
}

variable "instance_performance_insights" {
  description = "Instance: record the load of queries with Performance Insights."
}
