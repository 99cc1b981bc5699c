leadpulse_tests(maintenance_tests
  FILES maintenance/retraction_test maintenance/state_examination_test maintenance/live_state_examination_test
        maintenance/address_examination_test maintenance/state_repair_test maintenance/input_coverage_test maintenance/secret_rotation_test maintenance/state_swap_test
  LINKS leadpulse_maintenance ZLIB::ZLIB PkgConfig::ZSTD leadpulse_live_state leadpulse_test_support)
set_tests_properties(retraction_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260314 max_success=500")
