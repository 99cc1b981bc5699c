leadpulse_test(import_forms_property_test.cc LINKS leadpulse_importing rapidcheck ICU::uc)
set_tests_properties(import_forms_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20261128 max_success=1500")
leadpulse_test(import_json_property_test.cc LINKS leadpulse_importing rapidcheck)
set_tests_properties(import_json_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20261128 max_success=1500")
