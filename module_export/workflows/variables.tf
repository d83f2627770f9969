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
  description = "Name of the project, with which the names of its resources and the ids of its DAGs begin."
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
  description = "Team that maintains the project; recorded in the registry."
}

variable "repository_url" {
  description = "Git repository with the project's DAGs."

  validation {
    condition = (
      length(regexall("^[a-z]+://[^/]*@", var.repository_url)) == 0 || startswith(var.repository_url, "ssh://git@")
    )
    error_message = "repository_url must not have a user in it: keys of private repositories belong in Secrets Manager."
  }
}

variable "repository_branch" {
  description = "Branch of the repository, or a tag such as `refs/tags/v1`."

  validation {
    condition     = !strcontains(var.repository_branch, "..")
    error_message = "repository_branch must not have \"..\" in it."
  }
}

variable "repository_dags" {
  description = "Folder of the repository that Airflow reads."

  validation {
    condition     = !strcontains(var.repository_dags, "..")
    error_message = "repository_dags must not have \"..\" in it."
  }
}

variable "repository_deploy_key" {
  description = "Create a secret for the key of a private repository; an operator stores the key in it."

  validation {
    condition     = !var.repository_deploy_key || local.over_ssh
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
    condition = alltrue([
      for key in var.repository_host_keys :
      can(regex("^[\\w.,:\\[\\]-]+ (ssh-ed25519|ecdsa-sha2-nistp\\d+|ssh-rsa) [A-Za-z0-9+/]+=*$", key))
    ])
    error_message = "repository_host_keys must be lines such as git.example.org ssh-ed25519 AAAA…."
  }

  validation {
    condition     = length(var.repository_host_keys) == 0 || local.over_ssh
    error_message = "repository_host_keys is for SSH: write repository_url as git@host:team/repository.git."
  }
}

variable "repository_github_actions" {
  description = "Create a role with which the repository's workflow reads the webhook's secret. The account needs GitHub's OpenID Connect provider."

  validation {
    condition     = !var.repository_github_actions || local.github_name != null
    error_message = "repository_github_actions needs a repository_url on github.com."
  }

  validation {
    condition     = !var.repository_github_actions || !startswith(var.repository_branch, "refs/")
    error_message = "repository_github_actions needs a branch as repository_branch."
  }
}

variable "task_cpu" {
  description = "CPU of a task, in units of 1/1024 vCPU."
}

variable "task_memory" {
  description = "Memory of a task, in MiB; each CPU size allows certain values."

  validation {
    condition     = try(contains(local.fargate_memory[tostring(var.task_cpu)], var.task_memory), false)
    error_message = "task_memory must be one that Fargate offers with task_cpu."
  }
}

variable "task_spot" {
  description = "Run tasks on Fargate Spot, where AWS may stop them."
}

variable "variables" {
  description = "Values of the Airflow variables `<project>_<name>`, by name. Not for secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.variables) : can(regex("^[a-z][a-z0-9_]{0,63}$", name))])
    error_message = "Names of variables must match ^[a-z][a-z0-9_]{0,63}$."
  }
}

variable "protected" {
  description = "Refuse to destroy what may contain data, and keep deleted secrets for 30 days."
}
