package leadpulse.bench;

import static leadpulse.v1.EngagementEvent.Type.*;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The view of a journal at an instant under kafka_definitions.yaml, and the next instant at which time changes it. */
final class View {
  static final long NEVER = Long.MAX_VALUE;
  static final List<String> TIERS = List.of("hot", "warm", "cold");
  static final List<String> STATUSES = List.of("active", "bounced", "unsubscribed", "complained");
  static final List<String> STAGES = List.of("new", "contacted", "engaged");
  /** In the order of their bits. */
  static final List<String> SEGMENTS =
      List.of("call", "clicked", "engaged", "lapsing", "opened-30", "opened-7", "pricing", "silent");

  private static final long DAY = 86_400_000;
  private static final long BEFORE_ALL = Long.MIN_VALUE;
  private static final int SOFT_BOUNCES = 5;
  // Decay counts in millionths of a point.
  private static final long CLICK_MILLIONTHS = 5_000_000, POINT = 1_000_000;

  int status, stage, tier, segments;
  long score;
  long due = NEVER;

  private final List<JournalEntry> journal;
  private final long now;
  private long lastReset = BEFORE_ALL, lastEngaged = BEFORE_ALL;
  private boolean everOpened;

  static View of(List<JournalEntry> journal, long now) {
    View view = new View(journal, now);
    view.readHistory();
    view.addPoints();
    view.findSegments();
    return view;
  }

  private View(List<JournalEntry> journal, long now) {
    this.journal = journal;
    this.now = now;
  }

  private void readHistory() {
    long unsubscribed = BEFORE_ALL, resubscribed = BEFORE_ALL, hardBounce = BEFORE_ALL, signOfLife = BEFORE_ALL;
    int softBounces = 0;  // since the last sign of life
    boolean complained = false;
    for (JournalEntry entry : journal) {
      if (entry.getMachine()) continue;  // a program did it: it counts nowhere
      long at = entry.getAt();
      boolean alive = false;
      switch (entry.getType()) {
        case SENT_VALUE -> stage = Math.max(stage, 1);
        case DELIVERED_VALUE -> {
          stage = Math.max(stage, 1);
          alive = true;
        }
        case OPEN_VALUE -> {
          stage = Math.max(stage, 1);
          alive = everOpened = true;
          lastEngaged = at;
        }
        case CLICK_VALUE, REPLY_VALUE -> {
          stage = 2;
          alive = true;
          lastEngaged = at;
        }
        case PAGE_VISIT_VALUE -> {
          stage = 2;
          lastEngaged = at;
        }
        case BOUNCE_VALUE -> {
          if (!entry.getSoft()) hardBounce = at;
          else if (at > signOfLife) ++softBounces;
        }
        case UNSUBSCRIBE_VALUE -> unsubscribed = lastReset = at;
        case RESUBSCRIBE_VALUE -> {
          resubscribed = at;
          alive = true;
        }
        case COMPLAINT_VALUE -> {
          complained = true;
          lastReset = at;
        }
        default -> {}
      }
      if (alive) {
        signOfLife = at;
        softBounces = 0;
      }
    }
    // Only a later event lifts them.
    boolean out = unsubscribed != BEFORE_ALL && unsubscribed >= resubscribed;
    boolean bounced = (hardBounce != BEFORE_ALL && hardBounce >= signOfLife) || softBounces >= SOFT_BOUNCES;
    status = complained ? 3 : out ? 2 : bounced ? 1 : 0;
  }

  private void addPoints() {
    Set<String> opened = new HashSet<>();
    long dayOfReply = BEFORE_ALL;
    for (JournalEntry entry : journal) {
      long at = entry.getAt();
      if (at <= lastReset || entry.getMachine()) continue;
      switch (entry.getType()) {
        case OPEN_VALUE -> {
          if (entry.getMessageId().isEmpty() || opened.add(entry.getMessageId())) score += 1;
        }
        case CLICK_VALUE -> score += decayed(at);
        case PAGE_VISIT_VALUE -> {
          if (entry.getName().equals("pricing") && passesLater(at, 90 * DAY)) score += 20;
        }
        case REPLY_VALUE -> {
          long day = Math.floorDiv(at, DAY);
          if (day != dayOfReply) score += 10;
          dayOfReply = day;
        }
        case BOUNCE_VALUE -> {
          if (!entry.getSoft()) score -= 50;
        }
        default -> {}
      }
    }
    tier = score >= 30 ? 0 : score >= 15 ? 1 : 2;
  }

  /** Returns the points of a click: half of them is left after 30 days, rounded down. */
  private long decayed(long at) {
    long halvings = Math.max(0, now - at) / (30 * DAY);
    long left = halvings < Long.SIZE ? CLICK_MILLIONTHS >> halvings : 0;
    if (left >= POINT) due = Math.min(due, at + (halvings + 1) * 30 * DAY);
    return left / POINT;
  }

  private void findSegments() {
    boolean opened30 = did(OPEN_VALUE, null, 1, 30);
    boolean[] in = {
        tier == 0 && status == 0,
        did(CLICK_VALUE, null, 1, 14),
        engagedInADay(),
        everOpened && !did(OPEN_VALUE, null, 1, 60),
        opened30,
        did(OPEN_VALUE, null, 1, 7),
        did(PAGE_VISIT_VALUE, "pricing", 2, 7),
        !opened30 && did(SENT_VALUE, null, 4, 30),
    };
    for (int bit = 0; bit < in.length; ++bit) {
      if (in[bit]) segments |= 1 << bit;
    }
  }

  private boolean engagedInADay() {
    if (lastEngaged == BEFORE_ALL) return false;
    if (lastEngaged <= now) return passesLater(lastEngaged, DAY);
    due = Math.min(due, lastEngaged);
    return false;
  }

  /** Returns whether there are so many entries of a type, and of a name if one is given, in the last days. */
  private boolean did(int type, String name, int times, int days) {
    int found = 0;
    for (int i = journal.size() - 1; i >= 0; --i) {
      JournalEntry entry = journal.get(i);
      if (now - entry.getAt() >= days * DAY) return false;
      if (entry.getType() != type || entry.getMachine() || (name != null && !entry.getName().equals(name))) continue;
      if (++found == times) return passesLater(entry.getAt(), days * DAY);
    }
    return false;
  }

  /** Returns whether less time than a span has passed since an instant, and notes when the span ends. */
  private boolean passesLater(long at, long span) {
    if (now - at >= span) return false;
    due = Math.min(due, at + span);
    return true;
  }
}
