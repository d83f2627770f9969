# Written by `make modules` from modules/infrastructure: change that, not this file.

variable "environment" {
  description = "The Airflow environment whose platform publishes `/airflow-<environment>/platform`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.environment))
    error_message = "environment must be lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "project" {
  description = "The project's name, which what belongs to it begins with."
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
  description = "Refuse to destroy what may hold data, and keep deleted secrets for 30 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "files_expire_days" {
  description = "Delete work files that old; null keeps them."
  type        = number
  default     = null

  validation {
    condition     = var.files_expire_days == null ? true : floor(var.files_expire_days) == var.files_expire_days
    error_message = "files_expire_days must be a whole number."
  }

  validation {
    condition     = var.files_expire_days == null ? true : var.files_expire_days >= 1
    error_message = "files_expire_days must be 1 or more."
  }
}

variable "files_noncurrent_days" {
  description = "Keep what was overwritten or deleted that long."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = floor(var.files_noncurrent_days) == var.files_noncurrent_days
    error_message = "files_noncurrent_days must be a whole number."
  }

  validation {
    condition     = var.files_noncurrent_days >= 1
    error_message = "files_noncurrent_days must be 1 or more."
  }
}

variable "target_kind" {
  description = "Aurora Serverless v2, or an RDS instance."
  type        = string
  default     = "serverless"
  nullable    = false

  validation {
    condition     = contains(["instance", "serverless"], var.target_kind)
    error_message = "target_kind must be one of \"instance\", \"serverless\"."
  }
}

variable "serverless_engine_version" {
  description = "Serverless: PostgreSQL's version."
  type        = string
  default     = "16"
  nullable    = false

  validation {
    condition     = can(regex("^1[67](\\.\\d+)?$", var.serverless_engine_version))
    error_message = "serverless_engine_version must match ^1[67](\\.\\d+)?$."
  }
}

variable "serverless_min_capacity" {
  description = "Serverless: least capacity, in units of 2 GiB; with 0 it sleeps when nobody uses it."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.serverless_min_capacity >= 0
    error_message = "serverless_min_capacity must be 0 or more."
  }

  validation {
    condition     = var.serverless_min_capacity <= 256
    error_message = "serverless_min_capacity must be 256 or less."
  }

  validation {
    condition     = var.serverless_min_capacity % 0.5 == 0
    error_message = "serverless_min_capacity must be a multiple of 0.5."
  }
}

variable "serverless_max_capacity" {
  description = "Serverless: most capacity."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.serverless_max_capacity >= 0
    error_message = "serverless_max_capacity must be 0 or more."
  }

  validation {
    condition     = var.serverless_max_capacity <= 256
    error_message = "serverless_max_capacity must be 256 or less."
  }

  validation {
    condition     = var.serverless_max_capacity % 0.5 == 0
    error_message = "serverless_max_capacity must be a multiple of 0.5."
  }

  validation {
    condition     = var.serverless_max_capacity >= max(var.serverless_min_capacity, 1)
    error_message = "serverless_max_capacity must be 1 or more, and not below serverless_min_capacity."
  }
}

variable "serverless_pause_after_minutes" {
  description = "Serverless: how long nobody must have used it, with a least capacity of 0."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = floor(var.serverless_pause_after_minutes) == var.serverless_pause_after_minutes
    error_message = "serverless_pause_after_minutes must be a whole number."
  }

  validation {
    condition     = var.serverless_pause_after_minutes >= 5
    error_message = "serverless_pause_after_minutes must be 5 or more."
  }

  validation {
    condition     = var.serverless_pause_after_minutes <= 1440
    error_message = "serverless_pause_after_minutes must be 1440 or less."
  }
}

variable "serverless_backup_retention_days" {
  description = "Serverless: how long backups are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = floor(var.serverless_backup_retention_days) == var.serverless_backup_retention_days
    error_message = "serverless_backup_retention_days must be a whole number."
  }

  validation {
    condition     = var.serverless_backup_retention_days >= 1
    error_message = "serverless_backup_retention_days must be 1 or more."
  }

  validation {
    condition     = var.serverless_backup_retention_days <= 35
    error_message = "serverless_backup_retention_days must be 35 or less."
  }
}

variable "instance_engine_version" {
  description = "Instance: PostgreSQL's version."
  type        = string
  default     = "16"
  nullable    = false

  validation {
    condition     = can(regex("^1[4-7](\\.\\d+)?$", var.instance_engine_version))
    error_message = "instance_engine_version must match ^1[4-7](\\.\\d+)?$."
  }
}

variable "instance_class" {
  description = "Instance: its size."
  type        = string
  default     = "db.t4g.medium"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "instance_class must match ^db\\.[a-z0-9]+\\.[a-z0-9]+$."
  }
}

variable "instance_storage_gb" {
  description = "Instance: storage to begin with."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = floor(var.instance_storage_gb) == var.instance_storage_gb
    error_message = "instance_storage_gb must be a whole number."
  }

  validation {
    condition     = var.instance_storage_gb >= 20
    error_message = "instance_storage_gb must be 20 or more."
  }

  validation {
    condition     = var.instance_storage_gb <= 65536
    error_message = "instance_storage_gb must be 65536 or less."
  }
}

variable "instance_max_storage_gb" {
  description = "Instance: how far storage grows by itself."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = floor(var.instance_max_storage_gb) == var.instance_max_storage_gb
    error_message = "instance_max_storage_gb must be a whole number."
  }

  validation {
    condition     = var.instance_max_storage_gb >= 20
    error_message = "instance_max_storage_gb must be 20 or more."
  }

  validation {
    condition     = var.instance_max_storage_gb <= 65536
    error_message = "instance_max_storage_gb must be 65536 or less."
  }

  validation {
    condition     = var.instance_max_storage_gb >= var.instance_storage_gb
    error_message = "instance_max_storage_gb must not be below instance_storage_gb."
  }
}

variable "instance_multi_az" {
  description = "Instance: a second one stands by in another zone."
  type        = bool
  default     = true
  nullable    = false
}

variable "instance_backup_retention_days" {
  description = "Instance: how long backups are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = floor(var.instance_backup_retention_days) == var.instance_backup_retention_days
    error_message = "instance_backup_retention_days must be a whole number."
  }

  validation {
    condition     = var.instance_backup_retention_days >= 1
    error_message = "instance_backup_retention_days must be 1 or more."
  }

  validation {
    condition     = var.instance_backup_retention_days <= 35
    error_message = "instance_backup_retention_days must be 35 or less."
  }
}

variable "instance_performance_insights" {
  description = "Instance: record what queries cost."
  type        = bool
  default     = true
  nullable    = false
}
