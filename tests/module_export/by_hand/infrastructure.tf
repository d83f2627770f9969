# What a project without Python keeps in its own repository: the bucket and the target.
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

locals {
  environment = "hcl"
}

module "weather" {
  source = "./terraform/infrastructure"

  environment = local.environment
  project     = "weather"
  protected   = false # it is only a trial

  files_expire_days       = 90
  serverless_max_capacity = 8
}

output "bucket" {
  value = module.weather.bucket
}
