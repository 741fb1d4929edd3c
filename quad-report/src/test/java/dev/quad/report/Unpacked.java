// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.JsonText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The data of a page, as its script reads them. */
record Unpacked(Tree head, ByteBuffer columns) {
    private static final Pattern DATA = Pattern.compile("id=\"data\">([^<]*)<");

    static Unpacked of(String page) throws IOException {
        Matcher found = DATA.matcher(page);
        if (!found.find()) {
            throw new IOException("the page has no data");
        }
        byte[] all;
        try (InputStream in =
                new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(found.group(1))))) {
            all = in.readAllBytes();
        }
        ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        int length = buffer.getInt();
        return new Unpacked(
                Tree.of(JsonText.tree(Arrays.copyOfRange(all, 4, 4 + length))),
                buffer.position(4 + length).slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    double[] column(String name) {
        Tree column = head.trees("columns").stream()
                .filter(each -> each.text("name").orElse("").equals(name))
                .findFirst()
                .orElseThrow();
        double[] values = new double[(int) column.value("length")];
        int at = (int) column.value("at");
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (column.text("type").orElse("")) {
                case "u8" -> columns.get(at + i) & 0xFF;
                case "u16" -> columns.getShort(at + 2 * i) & 0xFFFF;
                case "u32" -> columns.getInt(at + 4 * i) & 0xFFFF_FFFFL;
                default -> columns.getFloat(at + 4 * i);
            };
        }
        return values;
    }
}
