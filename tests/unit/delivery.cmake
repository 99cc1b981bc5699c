leadpulse_tests(delivery_tests
  FILES delivery/delivery_parts_test delivery/committed_changes_test delivery/delivery_test
  LINKS leadpulse_delivery ZLIB::ZLIB PkgConfig::ZSTD)
