import java.io.PrintStream;
import java.util.*;
import org.joda.time.*;
import org.joda.time.format.*;

/**
 * Prints what Joda-Time itself makes of zones, patterns and buckets; joda-golden.jsonl is its output. How to run it
 * stands in README.md beside this file. The random part is seeded, so a new run with the same version changes nothing.
 */
public final class JodaGolden {
  private static final String[] ZONES = {
    "UTC", "America/New_York", "America/Los_Angeles", "America/Santiago", "America/Sao_Paulo", "America/Havana",
    "America/St_Johns", "America/Asuncion", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Africa/Cairo",
    "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Beirut", "Asia/Gaza",
    "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
    "+05:30", "-08:00", "+12:45", "-00:30",
  };
  private static final String[] PATTERNS = {
    "'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH",
    "'year'=YYYY/'month'=MM/'day'=dd",
    "YYYY-MM-dd'T'HH:mm:ss.SSS ZZ",
    "yy/M/d/H/m/s/S",
    "xxxx-'W'ww-e",
    "'it''s' DDD k K h a",
    "E EEEE MMM MMMM G",
    "C yyyy Z",
  };
  private static final long[] DURATIONS = {
    3600000L, 86400000L, 60000L, 1L, 900000L, 7200000L, 1800000L, 604800000L, 10800000L, 25L,
  };
  private static final String[] LOCALES = {"en", "en-US", "fr", "ru", "es", "xx"};
  /** Around changes of the clock: spring and autumn nights of several zones, and the ends of years. */
  private static final long[] NEAR = {
    1710054000000L, 1699164000000L, 1711846800000L, 1698541200000L, 1725768000000L, 1712458800000L, 1712415600000L,
    1696087800000L, 1325239200000L, 1293840000000L, 1704067200000L, 1709164800000L, 1483228800000L, 1541304000000L,
    1520750400000L, 1554519600000L, 1567915200000L, 1540699200000L, 1550325600000L, 1648332000000L, 1698440400000L,
  };

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    Random random = new Random(20240229);
    out.println("[\"zones\"," + list(ZONES) + "]");
    out.println("[\"patterns\"," + list(PATTERNS) + "]");
    out.println("[\"locales\"," + list(LOCALES) + "]");
    List<String> rows = new ArrayList<>();
    for (int zone = 0; zone < ZONES.length; zone++) {
      for (int i = 0; i < 60; i++) {
        long ms = i % 3 == 0
            ? (long) (random.nextDouble() * 1.72e12)
            : NEAR[random.nextInt(NEAR.length)] + random.nextInt(4 * 3600000) - 2 * 3600000;
        if (i % 20 == 19) ms = (long) (random.nextDouble() * 6e14) - 3e14 > 0 ? ms : -(ms % 86400000000L);
        rows.add(bucket(ms, DURATIONS[random.nextInt(DURATIONS.length)], zone, random.nextInt(PATTERNS.length),
            random.nextInt(LOCALES.length)));
      }
    }
    for (long ms : new long[] {8640000000000001L, -8640000000000001L, 1L << 53, -(1L << 53),
        253402300799999L, -62135596800000L, -62135596800001L}) {
      rows.add(bucket(ms, 3600000L, 0, 0, 0));
      rows.add(bucket(ms, 3600000L, 0, 3, 0));
    }
    long[] periods = {3600000L, 25200000L, 600000L, 86400000L, 7000L, 100000000L};
    for (int zone = 0; zone < ZONES.length; zone++) {
      for (int i = 0; i < 16; i++) {
        long ms = NEAR[random.nextInt(NEAR.length)] + random.nextInt(30 * 3600000) - 15 * 3600000;
        long period = periods[random.nextInt(periods.length)];
        DateTime now = new DateTime(ms, DateTimeZone.forID(ZONES[zone]));
        DateTime start = now.withTimeAtStartOfDay();
        long length = start.plusDays(1).withTimeAtStartOfDay().getMillis() - start.getMillis();
        long next = start.getMillis() + Math.min(((ms - start.getMillis()) / period + 1) * period, length);
        rows.add("[\"rotation\"," + ms + "," + period + "," + zone + "," + next + "]");
      }
    }
    for (String text : ISO_TEXTS) {
      String result;
      try {
        result = Long.toString(ISODateTimeFormat.dateTimeParser()
            .withZone(DateTimeZone.forID("America/New_York")).parseMillis(text));
      } catch (IllegalArgumentException error) {
        result = quoted(error.getMessage());
      }
      rows.add("[\"iso\"," + quoted(text) + "," + result + "]");
    }
    for (String pattern : new String[] {"T", "YYYYTHH", "bbb", "a''b", "Q", "L", "X", "", "u", "YYYY-MM-ddc"}) {
      try {
        DateTimeFormat.forPattern(pattern);
        throw new IllegalStateException(pattern);
      } catch (IllegalArgumentException error) {
        rows.add("[\"badPattern\"," + quoted(pattern) + "," + quoted(error.getMessage()) + "]");
      }
    }
    for (String[] pair : PARSED) {
      long ms = DateTimeFormat.forPattern(pair[0]).withZone(DateTimeZone.forID("America/New_York"))
          .withLocale(Locale.ENGLISH).parseMillis(pair[1]);
      rows.add("[\"parsed\"," + quoted(pair[0]) + "," + quoted(pair[1]) + "," + ms + "]");
    }
    for (String row : rows) out.println(row);
    out.flush();
  }

  private static String bucket(long ms, long duration, int zone, int pattern, int locale) {
    DateTimeZone tz = DateTimeZone.forID(ZONES[zone]);
    long local = tz.convertUTCToLocal(ms);
    long start = tz.convertLocalToUTC(local / duration * duration, false);
    String text = DateTimeFormat.forPattern(PATTERNS[pattern]).withZone(tz).withLocale(new Locale(LOCALES[locale])).print(start);
    return "[\"bucket\",\"" + ms + "\"," + duration + "," + zone + "," + pattern + "," + locale + "," + quoted(text) + "]";
  }

  private static String list(String[] texts) {
    StringJoiner joiner = new StringJoiner(",", "[", "]");
    for (String text : texts) joiner.add(quoted(text));
    return joiner.toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static final String[][] PARSED = {
    {"yyyy-MM-dd HH:mm:ss", "2015-04-02 01:02:03"}, {"yyyyMMddHHmmss", "20150402010203"},
    {"dd/MMM/yyyy:HH:mm:ss Z", "02/Apr/2015:01:02:03 -0700"}, {"EEE, dd MMM yyyy HH:mm:ss Z", "Thu, 02 Apr 2015 01:02:03 +0000"},
    {"M/d/yy h:mm a", "4/2/15 1:02 PM"}, {"M/d/yy h:mm a", "4/2/15 12:02 AM"}, {"yyyy-DDD", "2015-092"},
    {"yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "2015-04-02T01:02:03.456789"}, {"yyyyMMddHHmmssSSS", "20150402010203456"},
    {"yyyy-MM-dd'T'HH:mm:ssZZ", "2015-04-02T01:02:03+05:30"}, {"MMMM d, yyyy", "April 2, 2015"}, {"yyyy", "2015"},
    {"HH:mm", "10:30"}, {"yyyy-MM-dd HH:mm:ss ZZZ", "2015-04-02 01:02:03 Europe/Berlin"},
  };
  private static final String[] ISO_TEXTS = {
    "2015-04-02", "2015", "2015-04", "T10:00", "T10", "10:00", "2015-04-02T", "2015-04-02T01:00:00-07:00",
    "2015-04-02T01:00:00.000-07:00", "2015-04-02T01:00:00,5Z", "2015-04-02T01:00Z", "2015-04-02T01.5Z",
    "2015-04-02T01:30.5Z", "2015-092", "2015-W14-4", "2015-W14", "2015-04-02T01:00:00+07", "2015-04-02T01:00:00+0700",
    "2015-04-02T01:00:00.123456789Z", "2015-13-01", "2015-02-30", "abc", "", "2015-04-02 01:00:00", "2015-4-2",
    "2015-04-02T25:00", "2015-04-02T24:00:00Z", "2015-04-02T01:60Z", "20150402", "12345-01-01", "-0001-01-01",
    "+2015-01-01", "15-01-01", "2015-04-02Tgarbage", "2015-04-02TZ", "2015-04-02Z", "2015-04-02T01:00:00 Z",
    "2015-04-02T01:00:00z", "2015-04-02T01:00:00UTC", "T10:00Z", "TZ", "T", "2015-366", "2015-W54",
    "2015-04-02T01:00:00+25:00", "2015-04-02T01:00:00.Z", "2015-04-02t01:00:00Z", "99999999999999999999",
    "2015-04-02T1:00:00Z", "2015-04-02T01:0:00Z", "2015-1", "2015-W1-1", "2015-04-02T01:00:00-07:00:30", "0000-01-01",
    "2015-04-02T01:00:00Zjunk", "2024-11-03T01:30:00", "2015-", "2015-04-",
    "2015-W", "2015-04-02T10:", "2015-04-02T10:3", "2015-04-02T10:30:", "T10:30:15.250", "-", "2015-04-02T01:00:00-0",
  };
}
