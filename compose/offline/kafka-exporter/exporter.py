"""Consumer lag for Prometheus under danielqsj/kafka_exporter's names, where that program cannot be had.

Every scrape asks the brokers afresh; one that Kafka does not answer in time fails, so its target is down.
"""

import argparse
import asyncio
import signal
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client import start_http_server
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

SCRAPE_SECONDS_MAX = 8.0


class KafkaCollector(Collector):
    """Reads the cluster on each scrape, from the exporter's event loop."""

    def __init__(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        self._admin = admin
        self._consumer = consumer
        self._loop = asyncio.get_running_loop()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering must not need a broker."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Called by the HTTP server's thread; TimeoutError when the brokers are silent for 8 s."""
        return asyncio.run_coroutine_threadsafe(self._read(), self._loop).result(SCRAPE_SECONDS_MAX)

    async def _read(self) -> list[GaugeMetricFamily]:
        brokers = GaugeMetricFamily("kafka_brokers", "Brokers in the cluster.")
        newest = GaugeMetricFamily(
            "kafka_topic_partition_current_offset", "Newest offset.", labels=["topic", "partition"]
        )
        labels = ["consumergroup", "topic", "partition"]
        taken = GaugeMetricFamily("kafka_consumergroup_current_offset", "Committed offset.", labels=labels)
        lag = GaugeMetricFamily("kafka_consumergroup_lag", "Records not yet taken.", labels=labels)

        brokers.add_metric([], len((await self._admin.describe_cluster())["brokers"]))
        topics = await self._admin.describe_topics()
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in topics
            for partition in topic["partitions"]
        ]
        ends = await self._consumer.end_offsets(partitions)
        for partition, end in ends.items():
            newest.add_metric([partition.topic, str(partition.partition)], end)
        for group, *_ in await self._admin.list_consumer_groups():
            for partition, position in (await self._admin.list_consumer_group_offsets(group)).items():
                if partition in ends:
                    where = [group, partition.topic, str(partition.partition)]
                    taken.add_metric(where, position.offset)
                    lag.add_metric(where, max(0, ends[partition] - position.offset))
        return [brokers, newest, taken, lag]


async def serve(server: str) -> None:
    """Serve /metrics on port 9308 until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    admin = AIOKafkaAdminClient(bootstrap_servers=server)
    consumer = AIOKafkaConsumer(bootstrap_servers=server)
    await admin.start()
    await consumer.start()
    REGISTRY.register(KafkaCollector(admin, consumer))
    start_http_server(9308)
    await stopped.wait()
    await consumer.stop()
    await admin.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka.server", dest="server", default="kafka:9092", help="host:port of a broker")
    asyncio.run(serve(parser.parse_args().server))
