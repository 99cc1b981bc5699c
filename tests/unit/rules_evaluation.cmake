leadpulse_test(time_test_test.cc LINKS leadpulse_rules)
leadpulse_test(rule_evaluator_test.cc LINKS leadpulse_rules)
