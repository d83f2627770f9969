owner     = "weather-team@example.org"
protected = false

repository = {
  url = "https://github.com/example/weather-workflows.git"
}

files = {
  expire_days = 90
}

task = { cpu = 512, memory = 1024, spot = true }

variables = {
  station = "KSTL"
}
