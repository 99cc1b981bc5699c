leadpulse_tests(state_tests
  FILES state/appended_rows_test state/backup_requests_test state/erased_mailbox_test
        state/identity_test state/journal_bytes_test state/journal_codec_test state/journal_facts_test state/journal_origin_test state/journal_test state/lead_codec_test state/lead_cache_test
        state/lead_store_test state/names_edit_test state/owned_part_test state/partition_leads_bounds_test state/partition_leads_test state/profile_test state/rocksdb_damage_test
        state/row_form_test state/rocksdb_ingestion_test state/rocksdb_lead_store_test state/sorted_keys_test
        state/state_rows_test state/timer_reader_test state/write_behind_store_test state/write_behind_threads_test
  LINKS leadpulse_state leadpulse_protos absl::flat_hash_set Threads::Threads)
leadpulse_threaded(write_behind_threads_test)
if(LEADPULSE_SANITIZE STREQUAL "thread")
  set_tests_properties(write_behind_threads_test PROPERTIES ENVIRONMENT "GTEST_FILTER=-*OverRocksDb")
endif()
