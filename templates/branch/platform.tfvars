# Temporary environment for a branch, written by `pipenv run ops new-branch`. Nothing in it is backed up.
account_id = {{ account.account_id | hcl }}
region     = {{ account.region | hcl }}
owner      = {{ account.owner | hcl }}
{% if account.tags %}
tags       = {{ account.tags | hcl }}
{% endif %}
{% if account.aws_profile %}
aws_profile = {{ account.aws_profile | hcl }}
{% endif %}
{% if account.local_aws %}
local_aws  = true
{% endif %}
protected  = false
# Expiry date, a tag on every resource. `pipenv run ops branches` lists expired environments.
expires    = {{ expires | hcl }}

network = {
  vpc = {
    cidr  = {{ cidr | hcl }}
    zones = {{ zones | hcl }}
    # Tasks have public addresses; no security group admits connections to them.
    nat   = "none"
  }
}

entry = {
  allowed_cidrs = {{ allowed_cidrs | hcl }}
{% if open_to_the_internet %}
  open_to_the_internet = true
{% endif %}
  # Passwords cross the network unencrypted. With a certificate, set certificate_arn and domain instead.
  insecure_http = true
}

database = {
  container = { engine = {{ engine | hcl }} }
}

image = { version = {{ airflow_version | hcl }} }

# Tasks are processes of the scheduler: they start at once.
airflow = {
  executor        = "local"
  execute_command = true
}

components = {
  api_server    = { cpu = 512, memory = 3072, min_count = 1, max_count = 1, spot = true }
  scheduler     = { cpu = 1024, memory = 4096, count = 1 }
  dag_processor = { cpu = 512, memory = 2048, spot = true }
  triggerer     = { cpu = 512, memory = 1024, spot = true }
}

logs = {
  component_days = 7
  task_days      = 30
}
