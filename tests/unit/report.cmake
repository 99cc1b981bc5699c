leadpulse_tests(report_tests
  FILES report/report_render_test
  LINKS leadpulse_report)
