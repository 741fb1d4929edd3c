// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the endings of file names say. */
final class FileNames {
    private static final Set<String> WHOLE_TEXT = Set.of("txt", "text", "md", "rst");
    private static final Set<String> LINES = Set.of("jsonl", "ndjson");

    private FileNames() {}

    /** The endings in lower case, last first: {@code [gz, jsonl]}. */
    private static List<String> endings(Path path) {
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        int last = name.lastIndexOf('.');
        if (last < 0) {
            return List.of();
        }
        int before = name.lastIndexOf('.', last - 1);
        return before < 0
                ? List.of(name.substring(last + 1))
                : List.of(name.substring(last + 1), name.substring(before + 1, last));
    }

    private static String inner(Path path) {
        List<String> endings = endings(path);
        if (endings.isEmpty()) {
            return "";
        }
        boolean packed = isGzip(path) || isZstd(path);
        return !packed ? endings.get(0) : endings.size() > 1 ? endings.get(1) : "";
    }

    static boolean isGzip(Path path) {
        return endings(path).stream().limit(1).anyMatch(ending -> ending.equals("gz") || ending.equals("gzip"));
    }

    static boolean isZstd(Path path) {
        return endings(path).stream().limit(1).anyMatch(ending -> ending.equals("zst") || ending.equals("zstd"));
    }

    static boolean isParquet(Path path) {
        return endings(path).stream().limit(1).anyMatch(ending -> ending.equals("parquet") || ending.equals("pq"));
    }

    static boolean isSafetensors(Path path) {
        return endings(path).stream().limit(1).anyMatch("safetensors"::equals);
    }

    /** Where the endings of a name start: at the dot of {@code .jsonl.gz}, or at its end if there are none. */
    static int endingStart(Path path) {
        String name = String.valueOf(path.getFileName());
        int last = name.lastIndexOf('.');
        int before = isGzip(path) || isZstd(path) ? name.lastIndexOf('.', last - 1) : -1;
        return before > 0 ? before : last > 0 ? last : name.length();
    }

    /** Whether a file is one document. */
    static boolean isWholeText(Path path) {
        return WHOLE_TEXT.contains(inner(path));
    }

    /** Whether a file in a folder is meant to be read. A plain {@code .json} there is more often a configuration. */
    static boolean isKnown(Path path) {
        boolean packed = isGzip(path) || isZstd(path);
        return isWholeText(path) || isOfRecords(path) || (packed && inner(path).equals("json"));
    }

    /** Whether a file is named as lines of JSON, packed or not, or as Parquet. */
    static boolean isOfRecords(Path path) {
        return LINES.contains(inner(path)) || isParquet(path);
    }

    /** The endings that records are written by. */
    static String written() {
        return ".jsonl and .ndjson, each also with .gz or .zst, and .parquet";
    }

    /** Whether a name is all there is to tell what it stands for; it may be a folder's. */
    static boolean hasNoEnding(Path path) {
        return endings(path).isEmpty();
    }

    /** Whether a link in a folder may lead to what is meant to be read: a file, or a folder of them. */
    static boolean mayBeRead(Path path) {
        return isKnown(path) || hasNoEnding(path);
    }

    /** Whether a pattern for names has the ending of a name in it. */
    static boolean isNamedBy(Path path, String pattern) {
        return pattern.toLowerCase(Locale.ROOT).contains(inner(path));
    }

    /** The endings that files in a folder are known by. */
    static String known() {
        return ".jsonl, .ndjson, .txt, .text, .md and .rst, each also with .gz or .zst, .json.gz, .json.zst and .parquet";
    }

    static void checkEnding(Path path, SourceFile.Packing packing, byte[] head) {
        String named = isGzip(path) ? "gzip" : isZstd(path) ? "zstd" : isParquet(path) ? "Parquet" : "";
        if (packing != SourceFile.Packing.NONE || named.isEmpty()) {
            return; // whatever a file is called: it is what it holds
        }
        String start = isGzip(path) ? "1f 8b" : isZstd(path) ? "28 b5 2f fd" : "PAR1";
        throw new InputException(path + " is named as " + named + " but holds "
                + (head.length == 0
                        ? "nothing"
                        : "something else (it starts with " + Excerpt.hex(Arrays.copyOf(head, Math.min(4, head.length)))
                                + ")")
                + "; "
                + named + " starts with " + start + ". Get a whole copy of it, or give it the name of what it is");
    }
}
