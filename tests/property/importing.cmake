leadpulse_tests(importing_property_tests
  FILES import_forms_property_test import_json_property_test
  LINKS leadpulse_importing rapidcheck ICU::uc)
set_tests_properties(import_forms_property_test import_json_property_test PROPERTIES
  ENVIRONMENT "RC_PARAMS=seed=20261128 max_success=1500")
