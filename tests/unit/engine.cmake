leadpulse_tests(engine_tests
  FILES apply_event_test partitioner_test kept_definitions_test lead_record_test partition_engine_test
        apply_command_test partition_meta_test
  LINKS leadpulse_engine leadpulse_test_support leadpulse_protos)
