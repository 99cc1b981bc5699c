leadpulse_tests(state_property_tests
  FILES state_property_test identity_property_test partition_leads_property_test write_behind_property_test
  LINKS leadpulse_protos leadpulse_state rapidcheck)
set_tests_properties(state_property_test identity_property_test partition_leads_property_test write_behind_property_test
                     PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310")
leadpulse_threaded(write_behind_property_test)
