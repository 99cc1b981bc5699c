leadpulse_tests(config_tests
  FILES config/definitions_edit_test config/definitions_yaml_test config/definitions_loader_test config/definitions_rules_test
        config/definitions_values_test config/definitions_names_test config/definitions_show_test config/definitions_templates_test
        config/settings_test config/settings_secrets_test config/settings_table_test
  LINKS leadpulse_config leadpulse_telemetry)
# A quadratic load would take longer. Counting lines for coverage makes everything several times slower.
set_tests_properties(definitions_loader_test PROPERTIES TIMEOUT $<IF:$<BOOL:${LEADPULSE_COVERAGE}>,600,60>)
