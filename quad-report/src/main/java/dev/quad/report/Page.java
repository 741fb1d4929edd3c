// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.head;
import static j2html.TagCreator.header;
import static j2html.TagCreator.html;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.nav;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;
import static j2html.TagCreator.style;
import static j2html.TagCreator.text;
import static j2html.TagCreator.title;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.Unchecked;
import dev.quad.files.Visible;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;

/**
 * The page around the views. Its policy allows the one style sheet and the one script that stand in it, by their
 * digests, and no request of any kind.
 */
final class Page {
    /** How every page begins. */
    private static final String START =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta name=\"generator\" content=\"Quad\">";

    private Page() {}

    private static boolean isOurs(Path file) {
        return Unchecked.get(file, () -> {
            try (InputStream in = Files.newInputStream(file)) {
                return new String(in.readNBytes(START.length()), StandardCharsets.UTF_8).equals(START);
            }
        });
    }

    /** Writes a page where there is nothing, or a page. */
    static void write(Path target, Supplier<String> page) {
        if (!AtomicFile.isStream(target)
                && Files.exists(target, LinkOption.NOFOLLOW_LINKS)
                && !(Files.isRegularFile(target) && isOurs(target))) {
            throw new InputException(
                    "the file " + target + " is there already, and is no report; give another name, or remove it");
        }
        AtomicFile.write(target, page.get());
    }

    /** A view under a short name. */
    record View(String id, String name, DomContent content) {}

    /**
     * The whole page.
     *
     * @param data in Base64, for the script
     */
    static String of(String name, String subtitle, List<View> views, String data) {
        String css = resource("report.css");
        String js = resource("report.js");
        String policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '" + digest(css)
                + "'; script-src '" + digest(js) + "'";
        String shown = Visible.line(name);
        return "<!DOCTYPE html>\n"
                + html(
                                head(
                                        meta().withName("generator").withContent("Quad"),
                                        meta().withCharset("utf-8"),
                                        meta().attr("http-equiv", "Content-Security-Policy")
                                                .withContent(policy),
                                        meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                        meta().withName("color-scheme").withContent("light dark"),
                                        title(shown + " · Quad"),
                                        style(rawHtml(css))),
                                body(
                                        header(h1(Html.foreign(name)), p(text(Visible.line(subtitle)))),
                                        nav(each(views, view -> a(view.name()).withHref("#" + view.id())))
                                                .attr("aria-label", "views"),
                                        main(each(views, View::content)),
                                        footer(p("Made by Quad. This file asks for nothing from the network.")),
                                        script(rawHtml(data))
                                                .withType("application/octet-stream")
                                                .withId("data"),
                                        script(rawHtml(js))))
                        .withLang("en")
                        .render()
                + "\n";
    }

    static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar of quad-report");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(String content) {
        try {
            return "sha256-"
                    + Base64.getEncoder()
                            .encodeToString(MessageDigest.getInstance("SHA-256")
                                    .digest(content.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
