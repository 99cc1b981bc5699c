leadpulse_test(metrics_page_test.cc LINKS leadpulse_telemetry)
leadpulse_test(http_server_test.cc LINKS leadpulse_telemetry Threads::Threads)
leadpulse_test(worker_metrics_page_test.cc LINKS leadpulse_kafka)
leadpulse_test(tenant_metrics_test.cc LINKS leadpulse_kafka)
# A thread of its own, and nothing that Debian builds without the sanitizer but what it calls.
set_tests_properties(http_server_test PROPERTIES LABELS threads TIMEOUT 120)
