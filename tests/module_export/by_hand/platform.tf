provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
  default_tags {
    tags = { Environment = "dev", Owner = "platform-team@example.org" }
  }
}


module "airflow" {
  source = "./terraform/platform"

  environment = "dev"
  vpc = {
    cidr  = "10.20.0.0/16"
    zones = ["us-east-1a", "us-east-1b"]
    nat   = "one"
  }
  allowed_cidrs   = ["198.51.100.0/24"]
  certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"
  domain          = "airflow.example.org"

  executor         = "celery,ecs"
  worker_max_count = 4
  sign_in = {
    provider          = "oidc"
    client_id         = "airflow"
    client_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:sign-in-AbCdEf"
    issuer            = "https://login.example.org"
    allowed_domains   = ["example.org"]
    groups_claim      = "groups"
    group_roles       = { platform = ["Op", "Admin"] }
  }
}

output "url" {
  value = module.airflow.url
}
