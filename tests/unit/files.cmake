leadpulse_tests(files_tests
  FILES files/epoch_time_test files/output_files_test files/run_feed_test files/run_test files/background_commit_test files/interrupted_run_test
        files/follow_test files/committed_length_test files/atomic_text_file_test files/run_threads_test files/summary_test
        files/memory_plan_test files/message_waves_test files/record_plan_test files/registration_order_test files/address_rollout_run_test files/upgrade_run_test
  LINKS leadpulse_files absl::strings absl::str_format ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_threaded(background_commit_test follow_test interrupted_run_test message_waves_test registration_order_test run_feed_test run_test run_threads_test)
leadpulse_tests(input_tests
  FILES files/input/input_identity_test files/input/input_reader_test files/input/batch_decoder_test
        files/input/file_events_test files/input/followed_inputs_test files/input/folder_watch_test
  LINKS leadpulse_input ZLIB::ZLIB PkgConfig::ZSTD)
