# The environment of `make demo`: an AWS emulator on this machine. It holds no valuable data.
account_id = "000000000000"
region     = "us-east-1"
owner      = "you@localhost"
local_aws  = true
protected  = false

network = {
  vpc = {
    cidr  = "10.0.0.0/16"
    zones = ["us-east-1a", "us-east-1b"]
    nat   = "one"
  }
}

entry = {
  allowed_cidrs = ["10.0.0.0/8"]
  insecure_http = true
}

database = {
  instance_class       = "db.t4g.micro"
  multi_az             = false
  performance_insights = false
}

components = {
  api_server = { min_count = 1, max_count = 2 }
  scheduler  = { cpu = 1024, memory = 2048, count = 1 }
}
