# Written by `make modules` from modules/workflows: change that, not this file.

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

variable "owner" {
  description = "Who looks after the project; stands in the registry."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.owner) >= 1
    error_message = "owner must have 1 characters or more."
  }

  validation {
    condition     = length(var.owner) <= 256
    error_message = "owner must have 256 characters or less."
  }
}

variable "repository_url" {
  description = "Where the DAGs come from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(https://[^\\s@-][^\\s@]*|ssh://[^\\s-]\\S*|file:///\\S+|[\\w.]+@[\\w][\\w.-]*:[^\\s-]\\S*)$", var.repository_url))
    error_message = "repository_url must match ^(https://[^\\s@-][^\\s@]*|ssh://[^\\s-]\\S*|file:///\\S+|[\\w.]+@[\\w][\\w.-]*:[^\\s-]\\S*)$."
  }

  validation {
    condition     = length(regexall("^[a-z]+://[^/]*@", var.repository_url)) == 0 || startswith(var.repository_url, "ssh://git@")
    error_message = "repository_url must not have a user in it: keys of private repositories belong in Secrets Manager."
  }
}

variable "repository_branch" {
  description = "The branch of it, or a tag as `refs/tags/v1`."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = length(var.repository_branch) <= 255
    error_message = "repository_branch must have 255 characters or less."
  }

  validation {
    condition     = can(regex("^\\w[\\w./-]*$", var.repository_branch))
    error_message = "repository_branch must match ^\\w[\\w./-]*$."
  }

  validation {
    condition     = !strcontains(var.repository_branch, "..")
    error_message = "repository_branch must not have \"..\" in it."
  }
}

variable "repository_dags" {
  description = "The folder of it that Airflow reads."
  type        = string
  default     = "dags"
  nullable    = false

  validation {
    condition     = can(regex("^\\w[\\w./-]*$", var.repository_dags))
    error_message = "repository_dags must match ^\\w[\\w./-]*$."
  }

  validation {
    condition     = !strcontains(var.repository_dags, "..")
    error_message = "repository_dags must not have \"..\" in it."
  }
}

variable "repository_deploy_key" {
  description = "It is private: a secret is made for its key, which an operator fills."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.repository_deploy_key || (startswith(var.repository_url, "ssh://") || startswith(var.repository_url, "git@"))
    error_message = "repository_deploy_key is for SSH: write repository_url as git@host:team/repository.git."
  }
}

variable "repository_host_keys" {
  description = "Lines of an SSH `known_hosts` file, for a server other than GitHub's."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.repository_host_keys) <= 10
    error_message = "repository_host_keys must have 10 or fewer."
  }

  validation {
    condition     = alltrue([for key in var.repository_host_keys : can(regex("^[\\w.,:\\[\\]-]+ (ssh-ed25519|ecdsa-sha2-nistp\\d+|ssh-rsa) [A-Za-z0-9+/]+=*$", key))])
    error_message = "repository_host_keys must be lines such as git.example.org ssh-ed25519 AAAA…."
  }

  validation {
    condition     = length(var.repository_host_keys) == 0 || (startswith(var.repository_url, "ssh://") || startswith(var.repository_url, "git@"))
    error_message = "repository_host_keys is for SSH: write repository_url as git@host:team/repository.git."
  }
}

variable "repository_github_actions" {
  description = "A role for its workflow on that branch, to read the webhook's secret. The account needs GitHub's OpenID Connect provider."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.repository_github_actions || can(regex("^(?:(?:https://|ssh://git@)github\\.com/|git@github\\.com:)([\\w.-]+/[\\w.-]+?)(?:\\.git)?/?$", var.repository_url))
    error_message = "repository_github_actions needs a repository_url on github.com."
  }

  validation {
    condition     = !var.repository_github_actions || !startswith(var.repository_branch, "refs/")
    error_message = "repository_github_actions needs a branch as repository_branch."
  }
}

variable "task_cpu" {
  description = "CPU of a task, in units of 1/1024."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.task_cpu)
    error_message = "task_cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384."
  }
}

variable "task_memory" {
  description = "Memory of a task, in MiB; Fargate offers some for each CPU."
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

variable "variables" {
  description = "Airflow variables `<project>_<name>`, by name. Not for secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.variables) : can(regex("^[a-z][a-z0-9_]{0,63}$", name))])
    error_message = "Names of variables must match ^[a-z][a-z0-9_]{0,63}$."
  }
}

variable "protected" {
  description = "Refuse to destroy what may hold data, and keep deleted secrets for 30 days."
  type        = bool
  default     = true
  nullable    = false
}
