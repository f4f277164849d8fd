import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;

/**
 * Writes cases.json: texts of properties files and what java.util.Properties.load reads from them.
 * Run: java PropertiesFixture.java cases.json
 */
public class PropertiesFixture {
    static final String[] HAND_WRITTEN = {
        "",
        "a=1",
        "a = 1 \nb : 2\nc 3\nd",
        "# comment\n! other comment\n  # indented comment\na=b # not a comment",
        "a=one\\\n   two\\\r\n\tthree\rb=2",
        "a=one\\\n\nb=2",
        "a=one\\\n# part of the value\nb=2",
        "\\\n# a comment, as nothing came before\nb=2",
        "a\\ b=1\na\\=b=2\na\\:b=3\n\\#c=4",
        "path=C:\\\\dir\\\\file\\\\",
        "even=x\\\\\nodd=x\\\\\\\ny",
        "tab=\\t nl=\\n cr=\\r ff=\\f other=\\q quote=\\\"",
        "u=\\u00e9\\u20AC pair=\\uD83D\\uDE00",
        "\\u006bey=value",
        "k==v\nk2=:v\nk3:=v\nk4 = = v\nk5 : : v",
        "=no key\n:no key either",
        "a=1\na=2",
        "a=trailing  \t",
        "\f a\f=\f b\f",
        "empty=\nempty2\nempty3 :",
        "url=jdbc:postgresql://h:5432/db?user=x&password=y",
        "json={\"a\":\"b\\nc\"}",
        "a=1\r\nb=2\r\rc=3\n\r\nd=4",
        "unicode=äöü €",
        "a=1\\",
        "__proto__=x\nconstructor=y",
    };

    public static void main(String[] args) throws Exception {
        List<String> texts = new ArrayList<>(List.of(HAND_WRITTEN));
        Random random = new Random(20240607);
        String[] parts = {"a", "b", "\\", "\\\\", "=", ":", " ", "\t", "\f", "#", "!", "\n", "\r", "\r\n", "x y", "\\u0041", "é"};
        for (int i = 0; i < 400; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(14); j >= 0; j--) text.append(parts[random.nextInt(parts.length)]);
            // A file that is nothing but one open continuation has no sensible reading.
            texts.add(text + "z");
        }
        StringBuilder json = new StringBuilder("[\n");
        for (int i = 0; i < texts.size(); i++) {
            Properties properties = new Properties();
            properties.load(new StringReader(texts.get(i)));
            Map<String, String> sorted = new TreeMap<>();
            properties.forEach((k, v) -> sorted.put((String) k, (String) v));
            json.append("  [").append(quote(texts.get(i))).append(", {");
            String separator = "";
            for (Map.Entry<String, String> entry : sorted.entrySet()) {
                json.append(separator).append(quote(entry.getKey())).append(": ").append(quote(entry.getValue()));
                separator = ", ";
            }
            json.append(i + 1 < texts.size() ? "}],\n" : "}]\n");
        }
        Files.write(Path.of(args[0]), json.append("]\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < 32 || c > 126) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }
}
