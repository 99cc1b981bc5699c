leadpulse_tests(engine_tests
  FILES engine/apply_event_test engine/change_audience_test engine/day_counter_test engine/lead_update_test engine/partitioner_test engine/stored_definitions_test
        engine/partition_engine_test engine/apply_command_test engine/expected_version_test engine/partition_meta_test engine/engine_addresses_test
        engine/engine_erasure_test engine/address_rollout_test engine/former_erasure_test
  LINKS leadpulse_engine leadpulse_test_support leadpulse_protos)
