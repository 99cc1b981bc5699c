leadpulse_tests(telemetry_tests
  FILES telemetry/metrics_page_test telemetry/operator_server_test telemetry/worker_metrics_page_test
        telemetry/tenant_metrics_test telemetry/logging_test telemetry/histogram_test
        telemetry/process_metrics_test telemetry/apply_metrics_test
  LINKS leadpulse_telemetry Threads::Threads leadpulse_kafka rapidcheck)
leadpulse_threaded(operator_server_test)
set_tests_properties(operator_server_test PROPERTIES TIMEOUT 120)
