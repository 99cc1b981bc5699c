leadpulse_tests(base_tests
  FILES base/address_forms_test base/address_test base/calendar_test base/clock_guard_test base/durable_files_test base/instant_test base/json_object_test base/json_path_test base/json_test base/nearest_test base/normal_text_test base/number_test base/search_words_test base/text_test
        base/time_formats_test base/value_test base/worker_pool_test
  LINKS leadpulse_base absl::time)
leadpulse_threaded(worker_pool_test)
