leadpulse_test(definitions_yaml_test.cc LINKS leadpulse_config)
leadpulse_test(definitions_loader_test.cc LINKS leadpulse_config)
leadpulse_test(definitions_rules_test.cc LINKS leadpulse_config)
leadpulse_test(definitions_values_test.cc LINKS leadpulse_config)
leadpulse_test(definitions_show_test.cc LINKS leadpulse_config)
leadpulse_test(definitions_templates_test.cc LINKS leadpulse_config)
# What a quadratic load would outlast. Counting what runs makes everything several times slower.
set_tests_properties(definitions_loader_test PROPERTIES TIMEOUT $<IF:$<BOOL:${LEADPULSE_COVERAGE}>,600,60>)
