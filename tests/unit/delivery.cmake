leadpulse_tests(delivery_tests
  FILES delivery_parts_test committed_changes_test delivery_test
  LINKS leadpulse_delivery ZLIB::ZLIB PkgConfig::ZSTD)
