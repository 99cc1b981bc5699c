leadpulse_tests(codec_tests
  FILES codec/record_checks_test codec/record_limits_test codec/json_record_decoder_test
        codec/protobuf_record_decoder_test codec/topic_record_decoder_test codec/confluent_framing_test
        codec/dead_letter_reader_test codec/output_encoder_test codec/output_writer_test codec/schema_compatibility_test codec/input_writer_test
        codec/published_change_test codec/schema_texts_test
  LINKS leadpulse_codec leadpulse_protos)
