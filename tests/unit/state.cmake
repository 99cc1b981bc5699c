leadpulse_tests(state_tests
  FILES appended_rows_test backup_requests_test journal_test lead_codec_test lead_slots_test lead_store_test
        partition_leads_test profile_test rocksdb_damage_test row_form_test rocksdb_ingestion_test
        rocksdb_lead_store_test state_rows_test timer_reader_test write_behind_store_test write_behind_threads_test
  LINKS leadpulse_state leadpulse_protos absl::flat_hash_set Threads::Threads)
leadpulse_threaded(write_behind_threads_test)
if(LEADPULSE_SANITIZE STREQUAL "thread")
  set_tests_properties(write_behind_threads_test PROPERTIES ENVIRONMENT "GTEST_FILTER=-*OverRocksDb")
endif()
