leadpulse_test(promises_test.cc LINKS leadpulse_test_support)
set_tests_properties(promises_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=500")
