# A shared development environment: real AWS, small and cheap, may be rebuilt.
account_id = "111111111111"
region     = "us-east-1"
owner      = "platform-team@example.org"
protected  = false

network = {
  vpc = {
    cidr  = "10.20.0.0/16"
    zones = ["us-east-1a", "us-east-1b"]
    nat   = "one"
  }
}

entry = {
  allowed_cidrs = ["198.51.100.0/24"]
  insecure_http = true
}

database = {
  instance_class = "db.t4g.small"
  multi_az       = false
}

components = {
  api_server    = { min_count = 1, max_count = 2, spot = true }
  scheduler     = { cpu = 1024, memory = 2048, count = 1 }
  dag_processor = { cpu = 512, memory = 2048, spot = true }
  triggerer     = { cpu = 512, memory = 1024, spot = true }
}

logs = {
  component_days = 30
  task_days      = 90
}

airflow = {
  task            = { cpu = 512, memory = 1024, spot = true }
  execute_command = true
}
