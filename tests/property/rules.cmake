leadpulse_tests(rules_property_tests
  FILES rule_printer_property_test rule_flip_property_test strict_evaluator_property_test rule_lists_property_test
        segment_update_property_test segment_values_property_test segment_diff_property_test long_journal_property_test
        score_explanation_property_test never_true_property_test
  LINKS leadpulse_rules leadpulse_view leadpulse_config leadpulse_test_workload rapidcheck)
# A leaf has one of some hundred forms: the default of 100 cases would not reach each.
set_tests_properties(rule_flip_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=1000")
set_tests_properties(segment_diff_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310")
set_tests_properties(long_journal_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310")
set_tests_properties(score_explanation_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=1000")
set_tests_properties(segment_update_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=400")
set_tests_properties(segment_values_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=1000")
set_tests_properties(strict_evaluator_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310 max_success=1000")
set_tests_properties(rule_printer_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20260310")
