leadpulse_tests(base_tests
  FILES durable_files_test text_test instant_test calendar_test value_test nearest_test worker_pool_test
  LINKS leadpulse_base absl::time)
leadpulse_threaded(worker_pool_test)
