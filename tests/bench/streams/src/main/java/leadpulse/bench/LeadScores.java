package leadpulse.bench;

import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import leadpulse.v1.EngagementEvent;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One count and one score a lead, exactly once, in a RocksDB store with its changelog: what a Kafka Streams application
 * does for a small part of what Leadpulse does. No order of events, no duplicates, no windows, no segments.
 *
 * <p>Arguments: NAME=VALUE of servers, application, input, output, state, threads and commit-ms.
 */
public final class LeadScores {
  /** As much as Leadpulse is given (`state.cache`). */
  private static final String CACHE_BYTES = String.valueOf(256 << 20);

  public static void main(String[] arguments) throws Exception {
    Properties given = new Properties();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      given.setProperty(parts[0], parts[1]);
    }
    StreamsBuilder builder = new StreamsBuilder();
    // The store's cache holds each lead's record back until the commit: a lead has one record a commit, as in
    // Leadpulse's topic of leads.
    builder.stream(given.getProperty("input"), Consumed.with(Serdes.Bytes(), Serdes.ByteArray()))
        .groupByKey(Grouped.with(Serdes.Bytes(), Serdes.ByteArray()))
        .aggregate(Score::new, (lead, value, score) -> score.after(parse(value)),
            Materialized.<Bytes, Score, KeyValueStore<Bytes, byte[]>>as("scores")
                .withKeySerde(Serdes.Bytes())
                .withValueSerde(new Score.ScoreSerde()))
        .toStream()
        .to(given.getProperty("output"), Produced.with(Serdes.Bytes(), new Score.ScoreSerde()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(given));
    streams.setUncaughtExceptionHandler(failure -> {
      failure.printStackTrace();
      Runtime.getRuntime().halt(1);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close();
      stopped.countDown();
    }));
    streams.start();
    stopped.await();
  }

  private static EngagementEvent parse(byte[] value) {
    try {
      return EngagementEvent.parseFrom(value);
    } catch (com.google.protobuf.InvalidProtocolBufferException error) {
      throw new IllegalArgumentException(error);
    }
  }

  private static Properties settings(Properties given) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.getProperty("servers"));
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, given.getProperty("application"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.getProperty("commit-ms"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, given.getProperty("threads"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, given.getProperty("state"));
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    // The setting of Leadpulse's own producer.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), "5");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    return settings;
  }

  private LeadScores() {}
}
