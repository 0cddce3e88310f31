"""What crux says on /metrics, read by Prometheus' own parser, the strict one."""

import os
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families


def test_metrics_are_openmetrics():
    url = os.environ.get("METRICS_URL")
    if url is None:
        if os.environ.get("CI"):
            pytest.fail("METRICS_URL names no crux: that is a failure in CI")
        pytest.skip("METRICS_URL names no crux")

    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}

    assert families["crux_calls_started"].type == "counter"
    assert families["crux_delta_lag_seconds"].type == "histogram"
    assert families["process_resident_memory_bytes"].samples[0].value > 0
