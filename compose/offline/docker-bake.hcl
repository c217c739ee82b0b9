# Every engine of the stack, built from distribution and language packages.
# Usage: docker buildx bake -f compose/offline/docker-bake.hcl   (from the top of the repository, after base.sh)
variable "BASE" { default = "casino-offline/base:trixie" }
variable "PIP_INDEX_URL" { default = "" }

group "default" {
  targets = ["postgres", "valkey", "kafka", "clickhouse", "gateway", "monitoring", "kafka-exporter"]
}

target "engine" {
  args = { BASE = BASE }
}

target "postgres" {
  inherits = ["engine"]
  context  = "compose/offline/postgres"
  tags     = ["casino-offline/postgres:17"]
}

target "valkey" {
  inherits = ["engine"]
  context  = "compose/offline/valkey"
  tags     = ["casino-offline/valkey:8"]
}

target "kafka" {
  inherits = ["engine"]
  context  = "compose/offline/kafka"
  tags     = ["casino-offline/kafka:4.1"]
}

target "clickhouse" {
  inherits   = ["engine"]
  context    = "."
  dockerfile = "compose/offline/clickhouse/Dockerfile"
  tags       = ["casino-offline/clickhouse:chdb"]
}

target "gateway" {
  inherits = ["engine"]
  context  = "compose/offline/gateway"
  tags     = ["casino-offline/haproxy:3.0"]
}

target "monitoring" {
  inherits = ["engine"]
  matrix   = { name = ["prometheus", "alertmanager", "postgres-exporter", "redis-exporter", "blackbox-exporter"] }
  name     = name
  target   = name
  context  = "compose/offline/monitoring"
  tags     = ["casino-offline/${name}:trixie"]
}

target "kafka-exporter" {
  inherits   = ["engine"]
  context    = "."
  dockerfile = "compose/offline/kafka-exporter/Dockerfile"
  tags       = ["casino-offline/kafka-exporter:own"]
}
