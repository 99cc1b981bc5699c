leadpulse_tests(report_tests
  FILES report_render_test
  LINKS leadpulse_report)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name IN ITEMS report_test report_page_test)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:leadpulse>)
endforeach()
