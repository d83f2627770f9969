provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

variable "station" {
  type    = string
  default = "KSTL"
}

module "weather" {
  source = "./terraform/workflows"

  environment               = "test"
  project                   = "weather"
  owner                     = "weather-team@example.org"
  repository_url            = "git@github.com:example/weather.git"
  repository_deploy_key     = true
  repository_github_actions = true

  variables = {
    station = var.station
    greeting = <<-EOT
      "Good morning"
    EOT
  }
}

# More rights than its own, as plain Terraform gives them.
resource "aws_iam_role_policy" "stations" {
  name = "stations"
  role = basename(module.weather.task_role_arn)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "ReadStations"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem"]
      Resource = ["arn:aws:dynamodb:us-east-1:000000000000:table/stations"]
    }]
  })
}

output "deploy_key_secret" {
  value = module.weather.deploy_key_secret
}
