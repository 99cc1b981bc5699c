leadpulse_test(report_campaigns_test.cc LINKS leadpulse_report)
leadpulse_test(report_history_test.cc LINKS leadpulse_report)
leadpulse_test(report_render_test.cc LINKS leadpulse_report)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME report_test COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/report_test.py
                                  $<TARGET_FILE:leadpulse>)
