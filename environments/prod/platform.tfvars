# Production: every default is safe for production.
account_id = "222222222222"
region     = "us-east-1"
owner      = "platform-team@example.org"

network = {
  vpc = {
    cidr  = "10.30.0.0/16"
    zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  }
}

entry = {
  allowed_cidrs   = ["198.51.100.0/24", "203.0.113.0/24"]
  certificate_arn = "arn:aws:acm:us-east-1:222222222222:certificate/00000000-0000-0000-0000-000000000000"
  domain          = "airflow.example.org"
}

database = {
  instance_class = "db.m7g.large"
  storage_gb     = 100
  max_storage_gb = 500
  backup_retention_days = 14
}
