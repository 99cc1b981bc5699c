package leadpulse.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import leadpulse.v1.EngagementEvent;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** What is kept of a lead and published of it: how many events, what they are worth, and which was the last. */
record Score(long count, long points, String lastEvent) {
  Score() {
    this(0, 0, "");
  }

  Score after(EngagementEvent event) {
    long worth = switch (event.getType()) {
      case OPEN -> 1;
      case CLICK -> 5;
      case PAGE_VISIT -> event.getName().equals("pricing") ? 20 : 0;
      case BOUNCE -> -50;
      default -> 0;
    };
    return new Score(count + 1, points + worth, event.getEventId());
  }

  /** Two numbers of 8 bytes, then the id of the last event. */
  static final class ScoreSerde implements Serde<Score> {
    @Override
    public Serializer<Score> serializer() {
      return (topic, score) -> {
        if (score == null) return null;
        byte[] id = score.lastEvent.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(16 + id.length).putLong(score.count).putLong(score.points).put(id).array();
      };
    }

    @Override
    public Deserializer<Score> deserializer() {
      return (topic, bytes) -> {
        if (bytes == null) return null;
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long count = buffer.getLong();
        long points = buffer.getLong();
        return new Score(count, points, new String(bytes, 16, bytes.length - 16, StandardCharsets.UTF_8));
      };
    }
  }
}
