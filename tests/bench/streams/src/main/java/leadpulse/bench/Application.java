package leadpulse.bench;

import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** What both applications share: their arguments, their settings, and how they start and end. */
final class Application {
  /** Splits arguments of the form NAME=VALUE. */
  static Properties parse(String[] arguments) {
    Properties given = new Properties();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      given.setProperty(parts[0], parts[1]);
    }
    return given;
  }

  /** Runs until the process is told to end. */
  static void run(Topology topology, Properties given) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology, settings(given));
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

  private static Properties settings(Properties given) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.getProperty("servers"));
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, given.getProperty("application"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.getProperty("commit-ms"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, given.getProperty("threads"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, given.getProperty("state"));
    long cacheMib = Long.parseLong(given.getProperty("cache-mib"));
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, String.valueOf(cacheMib << 20));
    // The setting of Leadpulse's own producer.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), "5");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    return settings;
  }

  private Application() {}
}
