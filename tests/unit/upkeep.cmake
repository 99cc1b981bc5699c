leadpulse_tests(upkeep_tests
  FILES state_examination_test live_state_examination_test state_repair_test input_coverage_test state_swap_test
  LINKS leadpulse_upkeep ZLIB::ZLIB PkgConfig::ZSTD leadpulse_live_state)
