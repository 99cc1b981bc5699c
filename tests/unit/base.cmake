leadpulse_tests(base_tests
  FILES base/address_test base/durable_files_test base/text_test base/instant_test base/calendar_test base/value_test base/nearest_test
        base/worker_pool_test
  LINKS leadpulse_base absl::time)
leadpulse_threaded(worker_pool_test)
