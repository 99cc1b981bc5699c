package leadpulse.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import leadpulse.v1.Bounce;
import leadpulse.v1.Cause;
import leadpulse.v1.Change;
import leadpulse.v1.EngagementEvent;
import leadpulse.v1.Source;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Puts events into journals and publishes how views change, by events and by time. */
final class ViewProcessor implements Processor<Bytes, byte[], Bytes, byte[]> {
  static final String LEADS = "leads", TIMERS = "timers";  // stores
  static final String STATUS = "status", SEGMENTS = "segments";  // sinks
  private static final int MOST_TIMERS_AT_ONCE = 10_000;
  private static final byte[] EMPTY = {};
  private static final Cause TIME = Cause.newBuilder().setKind(Cause.Kind.TIME).build();

  private ProcessorContext<Bytes, byte[]> context;
  private KeyValueStore<Bytes, StoredLead> leads;
  private KeyValueStore<Bytes, byte[]> timers;

  @Override
  public void init(ProcessorContext<Bytes, byte[]> given) {
    context = given;
    leads = context.getStateStore(LEADS);
    timers = context.getStateStore(TIMERS);
    context.schedule(Duration.ofSeconds(1), PunctuationType.WALL_CLOCK_TIME, this::fireTimers);
  }

  @Override
  public void process(Record<Bytes, byte[]> record) {
    EngagementEvent event = parse(record.value());
    long now = context.currentSystemTimeMs();
    StoredLead stored = leads.get(record.key());
    StoredLead.Builder lead = stored == null ? newLead() : stored.toBuilder();
    catchUp(record.key(), lead, now);
    if (!insert(lead, event)) return;  // it is there already
    var from = context.recordMetadata().orElseThrow();
    Change.Builder change = changeOf(record.key(), now)
        .setCause(Cause.newBuilder().setKind(Cause.Kind.EVENT).setId(event.getEventId()))
        .setSource(Source.newBuilder().setTopic(from.topic()).setPartition(from.partition()).setOffset(from.offset()));
    if (stored == null) publish(record.key(), lead, change, Change.Kind.LEAD_CREATED, "", "", "");
    update(record.key(), lead, change, now);
    store(record.key(), lead);
  }

  private static StoredLead.Builder newLead() {
    return StoredLead.newBuilder().setTier(View.TIERS.indexOf("cold")).setDue(View.NEVER);
  }

  private static EngagementEvent parse(byte[] value) {
    try {
      return EngagementEvent.parseFrom(value);
    } catch (InvalidProtocolBufferException error) {
      throw new IllegalArgumentException(error);
    }
  }

  /** Puts an event where its time and id belong. Returns whether it is new. */
  private static boolean insert(StoredLead.Builder lead, EngagementEvent event) {
    List<JournalEntry> journal = lead.getJournalList();
    String id = event.getEventId();
    long at = event.getOccurredAt().getSeconds() * 1000 + event.getOccurredAt().getNanos() / 1_000_000;
    int place = 0;
    for (int i = 0; i < journal.size(); ++i) {
      JournalEntry other = journal.get(i);
      if (other.getEventId().equals(id)) return false;
      if (other.getAt() < at || (other.getAt() == at && other.getEventId().compareTo(id) < 0)) place = i + 1;
    }
    lead.addJournal(place, JournalEntry.newBuilder().setEventId(id).setType(event.getTypeValue()).setAt(at)
        .setMessageId(event.getMessageId()).setName(event.getName())
        .setSoft(event.getBounceKind() == Bounce.Kind.SOFT).setMachine(event.getMachine()).build());
    return true;
  }

  // ---- time ----

  private void fireTimers(long now) {
    List<Bytes> due = new ArrayList<>();
    try (var rows = timers.range(timer(0, Bytes.wrap(EMPTY)), timer(now + 1, Bytes.wrap(EMPTY)))) {
      while (rows.hasNext() && due.size() < MOST_TIMERS_AT_ONCE) due.add(rows.next().key);
    }
    for (Bytes row : due) {
      Bytes key = Bytes.wrap(Arrays.copyOfRange(row.get(), Long.BYTES, row.get().length));
      timers.delete(row);
      StoredLead.Builder lead = leads.get(key).toBuilder().setTimer(0);
      catchUp(key, lead, now);
      store(key, lead);
    }
  }

  /** Makes the changes that time alone has caused, each at its own instant. */
  private void catchUp(Bytes key, StoredLead.Builder lead, long now) {
    while (lead.getDue() <= now) {
      long at = lead.getDue();
      update(key, lead, changeOf(key, at).setCause(TIME), at);
    }
  }

  /** Stores a lead. Its timer is written again only if it must come earlier; one that comes too early does no harm. */
  private void store(Bytes key, StoredLead.Builder lead) {
    if (lead.getDue() != View.NEVER && (lead.getTimer() == 0 || lead.getDue() < lead.getTimer())) {
      if (lead.getTimer() != 0) timers.delete(timer(lead.getTimer(), key));
      timers.put(timer(lead.getDue(), key), EMPTY);
      lead.setTimer(lead.getDue());
    }
    leads.put(key, lead.build());
  }

  private static Bytes timer(long at, Bytes key) {
    return Bytes.wrap(ByteBuffer.allocate(Long.BYTES + key.get().length).putLong(at).put(key.get()).array());
  }

  // ---- changes ----

  /** Compares the view at an instant with what was published last, in the order of Leadpulse's changes. */
  private void update(Bytes key, StoredLead.Builder lead, Change.Builder change, long now) {
    View view = View.of(lead.getJournalList(), now);
    publishIfChanged(key, lead, change, Change.Kind.EMAIL_STATUS_CHANGED, View.STATUSES.get(lead.getStatus()),
        View.STATUSES.get(view.status));
    publishIfChanged(key, lead, change, Change.Kind.SENDABLE_CHANGED, String.valueOf(lead.getStatus() == 0),
        String.valueOf(view.status == 0));
    publishIfChanged(key, lead, change, Change.Kind.STAGE_CHANGED, View.STAGES.get(lead.getStage()),
        View.STAGES.get(view.stage));
    if (lead.getScore() != view.score) {
      publish(key, lead, change, Change.Kind.SCORE_CHANGED, "", Long.toString(lead.getScore()), Long.toString(view.score));
    }
    publishIfChanged(key, lead, change, Change.Kind.TIER_CHANGED, View.TIERS.get(lead.getTier()), View.TIERS.get(view.tier));
    publishSegments(key, lead, change, Change.Kind.SEGMENT_LEFT, lead.getSegments() & ~view.segments);
    publishSegments(key, lead, change, Change.Kind.SEGMENT_ENTERED, view.segments & ~lead.getSegments());
    lead.setStatus(view.status).setStage(view.stage).setScore(view.score).setTier(view.tier).setSegments(view.segments)
        .setDue(view.due);
  }

  private void publishIfChanged(Bytes key, StoredLead.Builder lead, Change.Builder change, Change.Kind kind, String from,
      String to) {
    if (!from.equals(to)) publish(key, lead, change, kind, "", from, to);
  }

  private void publishSegments(Bytes key, StoredLead.Builder lead, Change.Builder change, Change.Kind kind, int segments) {
    for (int bit = 0; segments >> bit != 0; ++bit) {
      if ((segments >> bit & 1) != 0) publish(key, lead, change, kind, View.SEGMENTS.get(bit), "", "");
    }
  }

  private void publish(Bytes key, StoredLead.Builder lead, Change.Builder change, Change.Kind kind, String name,
      String from, String to) {
    lead.setSeq(lead.getSeq() + 1);
    byte[] value = change.setSeq(lead.getSeq()).setKind(kind).setName(name).setFrom(from).setTo(to).build().toByteArray();
    boolean ofSegment = kind == Change.Kind.SEGMENT_LEFT || kind == Change.Kind.SEGMENT_ENTERED;
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), ofSegment ? SEGMENTS : STATUS);
  }

  /** Begins a change of a lead, whose key is its tenant, a NUL and its id. */
  private static Change.Builder changeOf(Bytes key, long at) {
    String[] parts = new String(key.get(), StandardCharsets.UTF_8).split("\0", 2);
    return Change.newBuilder().setTenantId(parts[0]).setLeadId(parts[1])
        .setAt(Timestamp.newBuilder().setSeconds(at / 1000).setNanos((int) (at % 1000) * 1_000_000));
  }
}
