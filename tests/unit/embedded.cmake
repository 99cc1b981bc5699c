leadpulse_tests(embedded_tests
  FILES output_files_test run_test background_commit_test interrupted_run_test follow_test committed_mark_test
        kept_text_test run_threads_test summary_test memory_plan_test
  LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_threaded(background_commit_test follow_test interrupted_run_test run_test run_threads_test)
