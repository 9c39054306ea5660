from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import Gauge, Metrics


def values(metrics: Metrics) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_applications_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.requests.labels("GET", "/livez", "200").inc()
    assert values(one)["muster_http_requests_total"] == 1
    assert "muster_http_requests_total" not in values(other)


def test_gauges_are_read_when_they_are_asked_for() -> None:
    waiting = [1.0, 2.0]
    metrics = Metrics(lambda: [Gauge(name="muster_waiting", description="Waiting.", value=waiting.pop(0))])
    assert [values(metrics)["muster_waiting"] for _ in range(2)] == [1.0, 2.0]
