owner = "weather-team@example.org"

repository = {
  url    = "https://github.com/example/weather-workflows.git"
  branch = "release"
}

target = {
  kind = "instance"
  instance = {
    instance_class = "db.m7g.large"
  }
}

variables = {
  station = "KSTL"
}
