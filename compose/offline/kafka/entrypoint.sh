#!/bin/bash
# The official image's contract: KAFKA_LOG_RETENTION_MS sets log.retention.ms (one underscore is a dot, two an
# underscore, three a dash), CLUSTER_ID formats the storage on first start, KAFKA_HEAP_OPTS sizes the heap.
set -euo pipefail

properties=/opt/kafka/config/server.properties
not_properties='^KAFKA_(HEAP_OPTS|OPTS|LOG4J_OPTS|JVM_PERFORMANCE_OPTS)='
env | grep '^KAFKA_' | grep -vE "$not_properties" | while IFS='=' read -r name value; do
  key=$(sed -e 's/^KAFKA_//' -e 's/___/-/g' -e 's/__/\x01/g' -e 's/_/./g' -e 's/\x01/_/g' <<<"$name")
  echo "${key,,}=$value"
done >"$properties"

java=(java ${KAFKA_HEAP_OPTS:--Xms256m -Xmx512m} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted --cluster-id "${CLUSTER_ID:?}" --config "$properties"
exec "${java[@]}" kafka.Kafka "$properties"
