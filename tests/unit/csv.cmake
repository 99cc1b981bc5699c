leadpulse_test(csv_reader_test.cc LINKS leadpulse_csv)
leadpulse_test(csv_encoding_test.cc LINKS leadpulse_csv)
