data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
  prefix     = "airflow-${var.environment}"

  url = "${var.insecure_http ? "http" : "https"}://${var.domain == null ? aws_lb.entry.dns_name : var.domain}"
  image = (
    var.image_digest == null
    ? "docker.io/apache/airflow:${var.image_version}"
    : "${aws_ecr_repository.registry.repository_url}@${var.image_digest}"
  )
  airflow_settings = merge([
    for section, values in var.airflow_settings : {
      for key, value in values : upper("AIRFLOW__${section}__${key}") => value
    }
  ]...)
}

# Executors: the value of [core] executor, and what each of them needs.
locals {
  executor = join(",", [for name in split(",", var.executor) : {
    ecs    = "ecs:airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
    celery = "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor"
    local  = "LocalExecutor"
  }[name]])
  with_ecs    = strcontains(var.executor, "ecs")
  with_celery = strcontains(var.executor, "celery")
  with_flower = local.with_celery && var.flower
  with_local  = var.executor == "local"
}

# Network: the same names for a VPC that this module creates and for an existing one.
locals {
  cidr               = var.vpc == null ? var.existing_vpc.cidr : var.vpc.cidr
  vpc_id             = var.vpc == null ? var.existing_vpc.vpc_id : one(aws_vpc.network[*].id)
  public_subnet_ids  = var.vpc == null ? var.existing_vpc.public_subnet_ids : values(aws_subnet.network_public)[*].id
  private_subnet_ids = var.vpc == null ? var.existing_vpc.private_subnet_ids : values(aws_subnet.network_private)[*].id

  # Zones by the letter that their names end with.
  zones = {
    for index, zone in var.vpc == null ? [] : var.vpc.zones : substr(zone, -1, 1) => {
      name    = zone
      public  = try(var.vpc.public_subnets[index], cidrsubnet(var.vpc.cidr, 4, index))
      private = try(var.vpc.private_subnets[index], cidrsubnet(var.vpc.cidr, 4, index + 8))
    }
  }

  # The zone whose NAT gateway each zone uses. Without NAT, tasks run in the public subnets.
  nat          = var.vpc == null ? null : var.vpc.nat
  public_tasks = local.nat == "none"
  nat_zones = {
    for letter in keys(local.zones) : letter => local.nat == "one" ? substr(var.vpc.zones[0], -1, 1) : letter
    if !local.public_tasks
  }
  task_subnet_ids = local.public_tasks ? local.public_subnet_ids : local.private_subnet_ids

  # Keys are known when Terraform plans; the ids of subnets may not be.
  mount_subnet_ids = (
    var.vpc == null
    ? { for index, id in var.existing_vpc.private_subnet_ids : tostring(index) => id }
    : { for letter, subnet in aws_subnet.network_private : letter => subnet.id }
  )
}
