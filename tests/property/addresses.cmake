# The properties of leads that share addresses: a few hundred histories here, thousands in tools/long_test.py.
leadpulse_tests(addresses_tests
  FILES addresses_engine_test addresses_files_test rollout_property_test secret_rotation_property_test
  LINKS leadpulse_test_workload leadpulse_test_support leadpulse_files leadpulse_maintenance ZLIB::ZLIB PkgConfig::ZSTD)
set_tests_properties(addresses_engine_test addresses_files_test rollout_property_test secret_rotation_property_test
  PROPERTIES TIMEOUT 600)
