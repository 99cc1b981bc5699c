package leadpulse.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The job of Leadpulse under kafka_definitions.yaml, exactly once: the journal of each lead, its view, its changes, and
 * time looked at once a second. No profiles, commands, addresses, retractions, erasures, dead letters, headers, folding of
 * long journals, or definitions that change.
 *
 * <p>Arguments: NAME=VALUE of servers, application, input, status, segments, state, threads, commit-ms and cache-mib.
 */
public final class LeadViews {
  public static void main(String[] arguments) throws Exception {
    Properties given = Application.parse(arguments);
    var bytes = Serdes.Bytes();
    var array = Serdes.ByteArray();
    Topology topology = new Topology();
    topology.addSource("events", bytes.deserializer(), array.deserializer(), given.getProperty("input"))
        .addProcessor("views", ViewProcessor::new, "events")
        .addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(ViewProcessor.LEADS), bytes, leads())
            .withCachingEnabled().withLoggingEnabled(Map.of()), "views")
        .addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(ViewProcessor.TIMERS), bytes, array)
            .withCachingEnabled().withLoggingEnabled(Map.of()), "views");
    for (String sink : new String[] {ViewProcessor.STATUS, ViewProcessor.SEGMENTS}) {
      topology.addSink(sink, given.getProperty(sink), bytes.serializer(), array.serializer(), "views");
    }
    Application.run(topology, given);
  }

  private static Serde<StoredLead> leads() {
    return Serdes.serdeFrom((topic, lead) -> lead == null ? null : lead.toByteArray(), (topic, value) -> {
      try {
        return value == null ? null : StoredLead.parseFrom(value);
      } catch (InvalidProtocolBufferException error) {
        throw new IllegalStateException(error);
      }
    });
  }

  private LeadViews() {}
}
