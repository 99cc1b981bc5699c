leadpulse_tests(promises_tests
  FILES promises_test lead_record_property_test score_property_test
  LINKS leadpulse_kafka leadpulse_test_support leadpulse_protos)
set_tests_properties(promises_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=500")
set_tests_properties(lead_record_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260312 max_success=200")
set_tests_properties(score_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260321 max_success=200")
