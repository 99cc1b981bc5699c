package leadpulse.bench;

import java.util.Properties;
import leadpulse.v1.EngagementEvent;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One count and one score a lead, exactly once, in a RocksDB store with its changelog: what a Kafka Streams application
 * does for a small part of what Leadpulse does. No order of events, no duplicates, no windows, no segments.
 *
 * <p>Arguments: NAME=VALUE of servers, application, input, output, state, threads, commit-ms and cache-mib.
 */
public final class LeadScores {
  public static void main(String[] arguments) throws Exception {
    Properties given = Application.parse(arguments);
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
    Application.run(builder.build(), given);
  }

  private static EngagementEvent parse(byte[] value) {
    try {
      return EngagementEvent.parseFrom(value);
    } catch (com.google.protobuf.InvalidProtocolBufferException error) {
      throw new IllegalArgumentException(error);
    }
  }

  private LeadScores() {}
}
