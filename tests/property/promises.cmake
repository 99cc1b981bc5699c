leadpulse_test(promises_test.cc LINKS leadpulse_test_support)
set_tests_properties(promises_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=500")
leadpulse_test(lead_record_property_test.cc LINKS leadpulse_test_support leadpulse_protos)
set_tests_properties(lead_record_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260312 max_success=200")
