"""What Prometheus reads at /metrics. Labels are bounded: routes, outcomes; never a person or a domain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.decision import Handled

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells prometheus_client where several processes keep their figures together."""

disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A figure that is read from the database whenever somebody asks for the metrics."""

    name: str
    description: str
    value: float


class Metrics:
    """The figures of one application. ``gauges`` reads those that the database knows best."""

    def __init__(self, gauges: Callable[[], Iterable[Gauge]] = tuple) -> None:
        self._registry = CollectorRegistry()
        self._gauges = gauges
        self.requests = Counter(
            "muster_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "muster_http_request_seconds",
            "Time to answer a request.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.decisions = Counter(
            "muster_decisions", "Contacts decided.", ["match", "routing"], registry=self._registry
        )

    def count(self, handled: Sequence[Handled]) -> None:
        """Count contacts that were decided just now; one decided before counts no second time."""
        for each in handled:
            if not each.repeated:
                decision = each.decision
                self.decisions.labels(decision.match.outcome, decision.routing.outcome).inc()

    def exposition(self) -> bytes:
        """The figures of all processes of this service, in Prometheus' text format."""
        registry = self._registry
        if os.environ.get(SHARED_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_once(self._gauges()))


class _Read(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for gauge in self._gauges:
            yield GaugeMetricFamily(gauge.name, gauge.description, value=gauge.value)


def _once(gauges: Iterable[Gauge]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Read(gauges))
    return registry
