# The example project: weather observations, fetched to the bucket and loaded into the target.
owner     = "weather-team@localhost"
protected = false

repository = {
  url = "https://github.com/example/weather-workflows.git"
}

target = {
  kind = "serverless"
}

variables = {
  station = "KSTL"
}
