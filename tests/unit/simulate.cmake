leadpulse_tests(simulate_tests
  FILES simulate/simulate_history_test simulate/simulate_rates_test simulate/simulate_parts_test
  LINKS leadpulse_simulate)
