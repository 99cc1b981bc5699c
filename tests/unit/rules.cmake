leadpulse_tests(rules_evaluation_tests
  FILES rules/index_memory_test rules/time_test_test rules/rule_evaluator_test rules/strict_evaluator_test
  LINKS leadpulse_rules)
leadpulse_tests(rules_language_tests
  FILES rules/rule_parser_test rules/rule_parser_error_test rules/rule_error_test rules/rule_checker_test
        rules/rule_printer_test
  LINKS leadpulse_rules)
